// The classroom's page, from the link to what was made of the lesson.

import { after } from "./after.js";
import { Api, Problem } from "./api.js";
import { DARK, LIGHT, paint } from "./brand.js";
import { Call } from "./call.js";
import { Consents } from "./consents.js";
import { Devices } from "./devices.js";
import { prejoin } from "./prejoin.js";
import { bookingId, token } from "./session.js";
import { at, notice } from "./view.js";
import { fill, knows, language, say, time } from "./words.js";

const FOLLOWED = new Set(["left", "ended", "room_closed", "results"]);
const FINAL = new Set(["too_late", "booking_cancelled", "not_studio"]);

let leave = new AbortController(); // ends what the view before still does

async function start() {
  leave.abort();
  leave = new AbortController();
  if (!globalThis.LivekitClient) return notice("no_web");
  const given = token();
  if (!given) return notice("no_token");
  const api = new Api(bookingId, given, language);
  try {
    await Consents.saved;
    await arrive(api, await api.booking());
  } catch (error) {
    tell(error);
  }
}

async function arrive(api, booking) {
  brand(booking.brand_color);
  if (booking.closed && booking.lesson_status) return over(api, booking, "results");
  if (booking.closed) return closed(booking);
  const devices = new Devices();
  const consents = new Consents(api, booking);
  const leaveIt = (why) => over(api, booking, why);
  const call = { api, booking, devices, consents, over: leaveIt };
  prejoin({
    booking,
    devices,
    consents,
    enter: () => enter(call),
    tell: (error) => refuse(error, devices),
    results: () => (devices.silence(), devices.close(), leaveIt("results")),
  });
  await devices.open();
}

async function enter(call) {
  const entrance = await call.api.enter();
  call.booking = { ...call.booking, isTutor: entrance.isTutor };
  try {
    await new Call(call).enter(entrance);
  } catch {
    throw new Problem("room_unavailable");
  }
  call.devices.silence();
}

// What can be mended by trying again is said beside the button, all else instead of the page.
function refuse(error, devices) {
  if (["offline", "room_unavailable"].includes(error.code)) {
    at("join-trouble").textContent = `${say(`${error.code}_title`)}. ${say(error.code)}`;
    return;
  }
  devices.silence();
  devices.close();
  tell(error);
}

function tell(error) {
  const code = knows(`${error.code}_title`) ? error.code : "room_unavailable";
  notice(code, { act: FINAL.has(code) ? null : () => void start() });
}

function closed(booking) {
  const opens = new Date(booking.opens_at);
  notice(booking.closed, { time: time(opens), act: booking.closed === "too_early" ? () => void start() : null });
  if (booking.closed !== "too_early") return;
  const wait = Math.min(Math.max(opens - Date.now(), 1000), 2 ** 31 - 1);
  const timer = setTimeout(() => void start(), wait);
  leave.signal.addEventListener("abort", () => clearTimeout(timer));
}

function over(api, booking, why) {
  leave.abort();
  leave = new AbortController();
  const again = () => void start();
  if (!FOLLOWED.has(why)) return notice(why, { action: why === "duplicate" ? "use_here" : "retry", act: again });
  const back = why === "left" || (why === "results" && !booking.closed) ? again : null;
  void after(api, booking, why, back, leave.signal);
}

function brand(colour) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  paint(document.body, colour, dark ? DARK : LIGHT);
  paint(at("call"), colour, DARK);
}

fill(document);
addEventListener("hashchange", () => location.hash.startsWith("#t=") && location.reload());
await start();
