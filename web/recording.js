// Whether the lesson is being recorded: a recorder is in the room, and Studio does not say that it records nothing.

import { pause } from "./api.js";

const EVERY = 3000;
const IN_DOUBT = 1000;
const PATIENCE = 5000;

export class Recording {
  look = () => {};

  constructor(room, known, changed, ended) {
    this.room = room;
    this.known = known;
    this.changed = changed;
    this.ended = ended;
  }

  get on() {
    return this.room.isRecording && this.known !== false;
  }

  // Ask Studio again and again, and at once when `look` is called; who does not answer knows nothing.
  async follow(api, consents, signal) {
    while (!signal.aborted) {
      const { saves } = consents;
      const booking = await api.booking(PATIENCE).catch(() => null);
      if (signal.aborted) return;
      if (booking?.ended) return this.ended();
      this.known = booking && booking.recording;
      if (booking) consents.heed(booking, saves);
      this.changed();
      const called = new Promise((resolve) => (this.look = resolve));
      await Promise.race([called, pause(this.isInDoubt ? IN_DOUBT : EVERY, signal).catch(() => {})]);
    }
  }

  get isInDoubt() {
    return this.room.isRecording && !this.on;
  }
}
