// After the lesson: what is being made of it, as it is made.

import { pause } from "./api.js";
import { Consents } from "./consents.js";
import { at, made, show } from "./view.js";
import { knows, say } from "./words.js";

const STAGES = ["capture", "fetch", "transcribe", "extract", "clip", "index", "notify"];
const COUNTS = ["mistakes", "drills", "clips", "chunks"];
const PATIENCE = 5000;

// Show why the person is here, and follow the lesson until it has ended or `signal` says so.
export async function after(api, booking, why, back, signal) {
  at("after-text").textContent = say(why);
  at("return").hidden = !back;
  at("return").onclick = back;
  at("made").hidden = true;
  at("withdrawing").hidden = true;
  drawStages([]);
  stand(say("standing_waiting"));
  show("after", say(`${why}_title`));
  let asked = false;
  while (!signal.aborted) {
    try {
      if (!asked) await ask(api, signal);
      asked = true;
      await begun(api, signal);
      for await (const lesson of api.follow(booking.lesson_id, signal)) draw(lesson, booking);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (error.code === "bad_token") return unfollowed();
      if (error.code === "offline") stand(say("standing_offline"));
      await pause(PATIENCE, signal).catch(() => {});
    }
  }
}

// Whatever was agreed to may be withdrawn here as well.
async function ask(api, signal) {
  await Consents.saved;
  const booking = await api.booking();
  signal.throwIfAborted();
  new Consents(api, booking);
  at("withdrawing-home").append(at("consents"));
  at("withdraw-only").hidden = !booking.withdraw_only;
  at("withdrawing").hidden = false;
}

async function begun(api, signal) {
  while (!(await api.booking()).lesson_status) await pause(PATIENCE, signal);
}

function draw(lesson, booking) {
  drawStages(lesson.stages);
  const stage = say(`stage_${lesson.error?.stage ?? lesson.stage}`);
  const nothing = lesson.nothing && knows(`nothing_${lesson.nothing}`);
  stand(nothing ? say(`nothing_${lesson.nothing}`) : say(`standing_${lesson.status}`, { stage }));
  if (lesson.status === "completed" && !nothing) drawMade(lesson, booking);
}

function drawStages(begun) {
  const by = Object.fromEntries(begun.map((one) => [one.stage, one]));
  at("stages").replaceChildren(...STAGES.map((stage) => stageItem(stage, by[stage])));
}

function stageItem(stage, { status = "pending", progress = 0 } = {}) {
  const item = made("li", "", status);
  const percent = status === "running" && progress > 0 ? ` · ${Math.round(progress * 100)} %` : "";
  item.append(made("span", say(`stage_${stage}`)), made("span", say(`is_${status}`) + percent, "soft"));
  return item;
}

// The link has ended, the lesson's processing has not: nothing stays that would be out of date.
function unfollowed() {
  at("after-text").textContent = "";
  at("return").hidden = true;
  at("stages").replaceChildren();
  stand(say("standing_unfollowed"));
}

// Whoever came by a link is not told what was made; of what a student is not shown there may be some all the same.
function drawMade(lesson, booking) {
  const told = COUNTS.filter((name) => lesson.counts && (booking.isTutor || lesson.counts[name]));
  const counts = told.map((name) => {
    const group = document.createElement("div");
    group.append(made("dt", say(name)), made("dd", lesson.counts[name]));
    return group;
  });
  at("counts").replaceChildren(...counts);
  at("summary").textContent = lesson.summary;
  at("points").replaceChildren(...lesson.key_points.map((point) => made("li", point)));
  at("made-hint").textContent = say(!lesson.counts ? "link_hint" : booking.isTutor ? "tutor_hint" : "student_hint");
  at("made").hidden = false;
}

function stand(sentence) {
  if (at("standing").textContent !== sentence) at("standing").textContent = sentence;
}
