// Before the lesson: see yourself, choose devices, say what you agree to.

import { meter } from "./devices.js";
import { at, initial, label, made, show } from "./view.js";
import { day, say } from "./words.js";

// Shows the page and calls `enter` when the person wants in; what it raises is told by `tell`.
export function prejoin({ booking, devices, consents, enter, tell, results }) {
  const { bookingInfo: info } = booking;
  at("devices-home").append(at("devices"));
  at("consents-home").append(at("consents"));
  at("service").textContent = info.serviceName;
  at("when").textContent = `${day(new Date(info.scheduledAt))} · ${say("minutes", { minutes: info.durationMinutes })}`;
  at("preview").querySelector(".avatar").textContent = initial(booking.name);
  at("see-results").hidden = !booking.lesson_status;
  at("see-results").onclick = results;
  at("join-trouble").textContent = "";
  show("prejoin", say("title", booking));
  watch(devices, booking);
  at("join-form").onsubmit = (event) => {
    event.preventDefault();
    void join(consents, enter, tell);
  };
  busy(false, consents);
}

function watch(devices, booking) {
  let stop = () => {};
  devices.changed = () => {
    stop();
    stop = meter(devices.microphone);
    draw(devices, booking);
  };
  devices.silence = () => stop();
  at("preview-mic").onclick = () => devices.turn("microphone", !devices.microphone);
  at("preview-camera").onclick = () => devices.turn("camera", !devices.camera);
  draw(devices, booking);
}

function draw(devices, booking) {
  const { camera, microphone, troubles } = devices;
  const video = at("preview").querySelector("video");
  if (camera) camera.attach(video);
  else video.srcObject = null;
  at("preview").classList.toggle("dark", !camera);
  at("preview").querySelector(".name").textContent = camera ? booking.name : say("camera_is_off", booking);
  label(at("preview-mic"), say(microphone ? "mic_off" : "mic_on"), microphone ? "mic" : "mic-off");
  label(at("preview-camera"), say(camera ? "camera_off" : "camera_on"), camera ? "camera" : "camera-off");
  at("preview-mic").dataset.on = Boolean(microphone);
  at("preview-camera").dataset.on = Boolean(camera);
  at("device-trouble").replaceChildren(...Object.values(troubles).map((sentence) => made("p", sentence)));
}

async function join(consents, enter, tell) {
  busy(true, consents);
  try {
    await consents.enter();
    await enter();
  } catch (error) {
    tell(error);
  } finally {
    busy(false, consents);
  }
}

function busy(joining, consents) {
  consents.changed = () => (at("join").disabled = joining || consents.saving);
  consents.changed();
  at("join").textContent = say(joining ? "joining" : "join");
}
