// The call: a room on the LiveKit server, drawn anew whenever something happens in it.

import { Chat } from "./chat.js";
import { CAPTURE, meter, troubleOf } from "./devices.js";
import { Recording } from "./recording.js";
import { drawPerson, drawScreen, drawSounds } from "./tiles.js";
import { announce, at, label, show } from "./view.js";
import { say } from "./words.js";

const { DisconnectReason, ParticipantKind, Room, RoomEvent, Track } = globalThis.LivekitClient ?? {};
const SHARING = { audio: true, contentHint: "detail", resolution: { width: 1920, height: 1080, frameRate: 15 } };
const OPTIONS = {
  adaptiveStream: true,
  dynacast: true,
  videoCaptureDefaults: CAPTURE.video,
  audioCaptureDefaults: CAPTURE.audio,
  // Without dtx a recording loses no time in pauses.
  publishDefaults: { dtx: false, videoCodec: "vp8", videoEncoding: { maxBitrate: 1_500_000, maxFramerate: 15 } },
};
const REDRAWN = [
  "ParticipantConnected", "ParticipantDisconnected", "TrackSubscribed", "TrackUnsubscribed", "TrackPublished", "TrackUnpublished",
  "LocalTrackPublished", "LocalTrackUnpublished", "TrackMuted", "TrackUnmuted", "ActiveSpeakersChanged", "ConnectionQualityChanged",
  "RecordingStatusChanged", "AudioPlaybackStatusChanged", "ParticipantNameChanged",
];

export class Call {
  constructor({ api, booking, devices, consents, over }) {
    Object.assign(this, { api, booking, devices, consents, over });
    this.room = new Room(OPTIONS);
    this.ended = this.endedByTutor = this.theirs = false;
    this.silence = () => {};
    this.left = new AbortController();
  }

  // Enter the room that a token opens; raises what LiveKit raises where it does not.
  async enter({ url, token, recording }) {
    this.recording = new Recording(this.room, recording, () => this.drawRecording(), () => this.leaveEnded());
    this.listen();
    await this.room.connect(url, token);
    this.open();
    for (const track of this.devices.lend(this.room)) {
      await this.room.localParticipant.publishTrack(track).catch(() => track.stop());
    }
    await this.devices.list();
  }

  listen() {
    const { room } = this;
    for (const event of REDRAWN) room.on(RoomEvent[event], () => this.draw());
    for (const event of [RoomEvent.Reconnecting, RoomEvent.SignalReconnecting]) room.on(event, () => this.banner("reconnecting", say("reconnecting")));
    room.on(RoomEvent.Reconnected, () => (this.banner("reconnecting", ""), announce(say("reconnected"))));
    room.on(RoomEvent.ParticipantConnected, (one) => isPerson(one) && announce(say("came", this.booking)));
    room.on(RoomEvent.ParticipantDisconnected, (one) => isPerson(one) && announce(say("went", this.booking)));
    for (const event of [RoomEvent.RecordingStatusChanged, RoomEvent.ParticipantConnected]) room.on(event, () => this.recording.look());
    room.on(RoomEvent.Disconnected, (reason) => this.close(reason));
  }

  open() {
    this.chat = new Chat(this.room, this.booking, at("chat"));
    at("settings-body").append(at("devices"), at("consents"));
    this.wire();
    for (const id of ["reconnecting", "call-trouble", "sharing"]) this.banner(id, "");
    for (const [id, opener] of [["chat", "open-chat"], ["settings", "open-settings"]]) this.turn(id, opener, false);
    show("call", say("title", this.booking));
    this.clock = setInterval(() => this.tick(), 1000);
    this.tick();
    this.draw();
    void this.recording.follow(this.api, this.consents, this.left.signal);
  }

  wire() {
    const { localParticipant: me } = this.room;
    at("controls").setAttribute("aria-label", say("controls"));
    at("mic").onclick = () => this.try("microphone", () => me.setMicrophoneEnabled(!me.isMicrophoneEnabled));
    at("camera").onclick = () => this.try("camera", () => me.setCameraEnabled(!me.isCameraEnabled));
    at("share").hidden = !navigator.mediaDevices?.getDisplayMedia;
    at("share").onclick = () => this.share();
    at("open-chat").onclick = () => this.turn("chat", "open-chat", at("chat").hidden, "message");
    at("close-chat").onclick = () => this.turn("chat", "open-chat", false);
    at("open-settings").onclick = () => this.turn("settings", "open-settings", at("settings").hidden, "close-settings");
    at("close-settings").onclick = () => this.turn("settings", "open-settings", false);
    for (const [id, opener] of [["chat", "open-chat"], ["settings", "open-settings"]]) {
      at(id).onkeydown = (event) => {
        if (event.key === "Escape") this.turn(id, opener, false);
      };
    }
    at("start-audio").onclick = () => this.room.startAudio();
    at("leave").onclick = () => this.room.disconnect();
    at("end").hidden = !this.booking.isTutor;
    at("end").onclick = () => at("ending").showModal();
    at("stay").onclick = () => at("ending").close();
    at("end-now").onclick = () => this.end();
  }

  draw() {
    const { room, booking } = this;
    const { localParticipant: me } = room;
    const other = [...room.remoteParticipants.values()].find(isPerson);
    drawPerson(at("remote"), other, booking.other, { absent: say("waiting", booking) });
    drawPerson(at("self"), me, say("you"));
    drawSounds(other);
    const theirs = drawScreen(other, booking.other);
    if (theirs && !this.theirs) announce(say("they_share", booking));
    this.theirs = theirs;
    this.banner("sharing", me.isScreenShareEnabled ? say("you_share") : "");
    label(at("mic"), say(me.isMicrophoneEnabled ? "mic_off" : "mic_on"), me.isMicrophoneEnabled ? "mic" : "mic-off");
    label(at("camera"), say(me.isCameraEnabled ? "camera_off" : "camera_on"), me.isCameraEnabled ? "camera" : "camera-off");
    label(at("share"), say(me.isScreenShareEnabled ? "share_stop" : "share"));
    at("mic").dataset.on = me.isMicrophoneEnabled;
    at("camera").dataset.on = me.isCameraEnabled;
    at("share").dataset.sharing = me.isScreenShareEnabled;
    at("sound").hidden = room.canPlaybackAudio;
    this.drawRecording();
  }

  drawRecording() {
    const recording = this.recording.on;
    if (recording === this.recorded) return;
    if (this.recorded !== undefined) announce(say(recording ? "recording" : "not_recording"));
    this.recorded = recording;
    at("rec").classList.toggle("on", recording);
    at("rec-short").textContent = say(recording ? "recording_short" : "not_recording_short");
    at("rec-long").textContent = say(recording ? "recording" : "not_recording");
  }

  // The tutor has ended the lesson, of which LiveKit's word may be lost, or the room have been opened anew since.
  leaveEnded() {
    this.endedByTutor = true;
    void this.room.disconnect();
  }

  // The lesson's time, by its appointment.
  tick() {
    const { scheduledAt, durationMinutes: minutes } = this.booking.bookingInfo;
    const passed = Math.floor((Date.now() - Date.parse(scheduledAt)) / 1000);
    const over = passed - minutes * 60;
    const key = passed < 0 ? "starts_in" : over < 0 ? "elapsed" : "over_by";
    at("timer").textContent = say(key, { time: clock(passed < 0 ? -passed : over < 0 ? passed : over), minutes });
  }

  turn(id, opener, open, focus = null) {
    const had = at(id).contains(document.activeElement);
    if (open) for (const one of ["chat", "settings"]) if (one !== id) this.turn(one, `open-${one}`, false);
    at(id).hidden = !open;
    if (id === "settings") this.measure(open);
    at(opener).setAttribute("aria-expanded", open);
    at("call").classList.toggle("beside", !at("chat").hidden || !at("settings").hidden);
    if (id === "chat" && open) this.chat.count(0);
    if (open && focus) at(focus).focus();
    else if (had) at(opener).focus();
  }

  measure(open) {
    this.silence();
    const track = this.room.localParticipant.getTrackPublication(Track.Source.Microphone)?.audioTrack;
    this.silence = open ? meter(track) : () => {};
  }

  async try(kind, act) {
    this.banner("call-trouble", "");
    try {
      await act();
      await this.devices.list();
    } catch (error) {
      this.banner("call-trouble", troubleOf(kind, error));
    }
  }

  async share() {
    this.banner("call-trouble", "");
    const { localParticipant: me } = this.room;
    try {
      await me.setScreenShareEnabled(!me.isScreenShareEnabled, SHARING);
    } catch (error) {
      // Whoever closes the browser's window of choices has changed her mind.
      if (error.name !== "NotAllowedError") this.banner("call-trouble", say("share_failed"));
    }
  }

  async end() {
    at("ending").close();
    this.ended = true; // the server may close the room before it answers
    try {
      await this.api.end();
      await this.room.disconnect();
    } catch {
      this.ended = false;
      this.banner("call-trouble", say("end_failed"));
    }
  }

  banner(id, sentence) {
    if (at(id).textContent !== sentence) at(id).textContent = sentence;
  }

  close(reason) {
    if (!this.clock) return;
    clearInterval(this.clock);
    this.left.abort();
    this.silence();
    at("ending").close();
    this.devices.close();
    this.over(this.ended ? "ended" : this.endedByTutor ? "room_closed" : whyOver(reason));
  }
}

const isPerson = (participant) => participant.kind === ParticipantKind.STANDARD;

const twoDigits = (number) => String(number).padStart(2, "0");

function clock(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:${twoDigits(minutes)}` : minutes}:${twoDigits(seconds % 60)}`;
}

function whyOver(reason) {
  switch (reason) {
    case DisconnectReason.CLIENT_INITIATED:
      return "left";
    case DisconnectReason.DUPLICATE_IDENTITY:
      return "duplicate";
    case DisconnectReason.PARTICIPANT_REMOVED:
      return "removed";
    case DisconnectReason.ROOM_DELETED:
    case DisconnectReason.ROOM_CLOSED:
      return "room_closed";
    default:
      return "lost";
  }
}
