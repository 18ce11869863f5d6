// The pictures in the call: each tile shows one person, or a shared screen.

import { initial, at } from "./view.js";
import { say } from "./words.js";

const { ConnectionQuality, Track } = globalThis.LivekitClient ?? {};
const BARS = { excellent: 3, good: 2, poor: 1, lost: 0 };
const shown = new WeakMap();

export function drawPerson(tile, participant, name, { absent = "" } = {}) {
  const camera = participant?.isCameraEnabled && participant.getTrackPublication(Track.Source.Camera)?.videoTrack;
  attach(tile.querySelector("video"), camera || null);
  tile.classList.toggle("dark", !camera);
  tile.classList.toggle("absent", !participant);
  tile.classList.toggle("speaking", Boolean(participant?.isSpeaking));
  tile.querySelector(".avatar").textContent = initial(name);
  tile.querySelector(".name").textContent = !participant ? absent : camera ? name : say("camera_is_off", { name });
  named(tile.querySelector(".muted"), participant && !participant.isMicrophoneEnabled, say("muted"));
  drawQuality(tile.querySelector(".quality"), participant?.connectionQuality);
}

export function drawScreen(participant, name) {
  const screen = participant?.getTrackPublication(Track.Source.ScreenShare)?.videoTrack ?? null;
  attach(at("screen").querySelector("video"), screen);
  at("screen").querySelector(".name").textContent = say("screen_of", { other: name });
  at("screen").hidden = !screen;
  at("stage").classList.toggle("focused", Boolean(screen));
  return Boolean(screen);
}

// Hear everything the other one publishes.
export function drawSounds(participant) {
  const tracks = [Track.Source.Microphone, Track.Source.ScreenShareAudio]
    .map((source) => participant?.getTrackPublication(source)?.audioTrack)
    .filter(Boolean);
  for (const element of [...at("sounds").children]) {
    if (!tracks.some((track) => track.attachedElements.includes(element))) element.remove();
  }
  for (const track of tracks) if (!track.attachedElements.length) at("sounds").append(track.attach());
}

function attach(video, track) {
  const before = shown.get(video) ?? null;
  if (before === track) return;
  before?.detach(video);
  if (track) {
    track.attach(video);
    shown.set(video, track);
  } else {
    video.srcObject = null;
    shown.delete(video);
  }
}

function drawQuality(bars, quality) {
  const count = BARS[quality];
  named(bars, quality in BARS && quality !== ConnectionQuality.Unknown, say(`quality_${quality in BARS ? quality : "good"}`));
  [...bars.children].forEach((bar, index) => bar.classList.toggle("full", index < count));
  bars.dataset.quality = quality ?? "";
}

function named(image, visible, name) {
  image.toggleAttribute("hidden", !visible);
  image.setAttribute("aria-label", name);
}
