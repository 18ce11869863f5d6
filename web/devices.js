// Camera, microphone and speaker: opening them, choosing them, and what to say when one does not work.

import { at, made } from "./view.js";
import { knows, say } from "./words.js";

const { createAudioAnalyser, createLocalTracks } = globalThis.LivekitClient ?? {};
const PICKERS = { videoinput: "pick-camera", audioinput: "pick-microphone", audiooutput: "pick-speaker" };
const NAMES = { videoinput: "camera", audioinput: "microphone", audiooutput: "speaker" };
const WHY = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
};

export const CAPTURE = {
  video: { resolution: { width: 1280, height: 720, frameRate: 15 } },
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

// The sentence for a camera or microphone that could not be opened.
export function troubleOf(kind, error) {
  const key = `${kind}_${WHY[error?.name] ?? "other"}`;
  return say(knows(key) ? key : `${kind}_other`);
}

export class Devices {
  camera = null;
  microphone = null;
  chosen = {};
  troubles = {};
  room = null;
  changed = () => {};

  // Ask for both at once; where that fails, for each, so that one of them is better than none.
  async open() {
    if (!navigator.mediaDevices) {
      this.troubles = { both: say("insecure") };
      return this.changed();
    }
    navigator.mediaDevices.ondevicechange = () => this.list();
    try {
      const tracks = await createLocalTracks(CAPTURE);
      this.camera = tracks.find((track) => track.kind === "video") ?? null;
      this.microphone = tracks.find((track) => track.kind === "audio") ?? null;
    } catch {
      await this.turn("camera", true);
      await this.turn("microphone", true);
    }
    await this.list();
    this.changed();
  }

  // Before the call a device that is off is let go, so that its light is off too.
  async turn(kind, on) {
    this[kind]?.stop();
    this[kind] = null;
    delete this.troubles[kind];
    if (on) {
      const [media, source] = kind === "camera" ? ["video", "videoinput"] : ["audio", "audioinput"];
      try {
        [this[kind]] = await createLocalTracks({ [media]: { ...CAPTURE[media], deviceId: this.chosen[source] } });
      } catch (error) {
        this.troubles[kind] = troubleOf(kind, error);
      }
    }
    this.changed();
  }

  async choose(source, id) {
    this.chosen[source] = id;
    const kind = NAMES[source];
    if (this.room) await this.room.switchActiveDevice(source, id).catch(() => {});
    else if (this[kind]) await this.turn(kind, true);
    await this.list();
  }

  async list() {
    if (!navigator.mediaDevices) return;
    const known = await navigator.mediaDevices.enumerateDevices();
    for (const [source, id] of Object.entries(PICKERS)) {
      const picker = at(id);
      const there = known.filter((one) => one.kind === source);
      const found = there.filter((one) => one.deviceId); // without permission they have no ids
      picker.replaceChildren(...found.map((one, index) => option(one, source, index)));
      if (!found.length) picker.append(made("option", say(there.length ? "not_allowed" : "none")));
      picker.disabled = !found.length;
      const active = this.room?.getActiveDevice(source) ?? this.idOf(source);
      if (found.some((one) => one.deviceId === active)) picker.value = active;
      picker.onchange = () => this.choose(source, picker.value);
    }
    at("speaker-field").hidden = !("setSinkId" in HTMLMediaElement.prototype) || at("pick-speaker").disabled;
  }

  idOf(source) {
    return this.chosen[source] ?? this[NAMES[source]]?.mediaStreamTrack.getSettings().deviceId;
  }

  // From here on the room has the tracks, and switches them.
  lend(room) {
    this.room = room;
    const lent = [this.microphone, this.camera].filter(Boolean);
    this.microphone = this.camera = null;
    if (this.chosen.audiooutput) room.switchActiveDevice("audiooutput", this.chosen.audiooutput).catch(() => {});
    return lent;
  }

  close() {
    this.camera?.stop();
    this.microphone?.stop();
    this.camera = this.microphone = this.room = null;
    if (navigator.mediaDevices) navigator.mediaDevices.ondevicechange = null;
  }
}

function option(device, source, index) {
  const one = made("option", device.label || say("number", { kind: say(NAMES[source]), number: index + 1 }));
  one.value = device.deviceId;
  return one;
}

// Show how loud a microphone is, until the function that is returned is called.
export function meter(track) {
  const tell = (level) => {
    at("level").style.setProperty("--level", level);
    at("level").setAttribute("aria-valuenow", Math.round(level * 100));
  };
  tell(0);
  if (!track) return () => {};
  const { calculateVolume, cleanup } = createAudioAnalyser(track, { cloneTrack: true });
  const timer = setInterval(() => tell(Math.min(1, calculateVolume() * 3)), 100);
  return () => {
    clearInterval(timer);
    tell(0);
    void cleanup();
  };
}
