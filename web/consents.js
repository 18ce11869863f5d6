// What this person agrees to: one box per purpose, saved before she enters and, in the call, with every click.

import { at, announce } from "./view.js";
import { say } from "./words.js";

const PURPOSES = ["record", "ai", "marketing"];

export class Consents {
  constructor(api, booking) {
    this.api = api;
    this.booking = booking;
    this.known = booking.consents;
    for (const purpose of PURPOSES) {
      const box = this.box(purpose);
      box.nextElementSibling.textContent = booking.consent_texts[purpose];
      box.checked = this.known[purpose] === true;
      box.onchange = () => this.tell();
    }
    at("consent-trouble").textContent = "";
    this.tell();
  }

  box(purpose) {
    return at("consents").querySelector(`[name=${purpose}]`);
  }

  // Say what follows for the recording.
  tell() {
    const sentence = say(this.consequence(), this.booking);
    if (at("consequence").textContent !== sentence) at("consequence").textContent = sentence;
  }

  consequence() {
    if (!this.box("record").checked) return "consequence_no";
    if (this.booking.other_consents.record === false) return "consequence_other";
    return this.box("ai").checked ? "consequence_yes" : "consequence_no_ai";
  }

  // Ask again what the other one has answered since.
  async refresh() {
    const booking = await this.api.booking().catch(() => this.booking);
    this.booking = { ...this.booking, other_consents: booking.other_consents };
    this.tell();
  }

  // Save what has changed, and a "no" to what was never answered.
  async save() {
    for (const purpose of PURPOSES) {
      const given = this.box(purpose).checked;
      if (given === this.known[purpose]) continue;
      const { version } = this.booking.consent_texts;
      this.known = (await this.api.consent(purpose, given, version)).consents;
    }
  }

  saveWithEveryClick() {
    for (const purpose of PURPOSES) this.box(purpose).onchange = () => this.change(purpose);
  }

  async change(purpose) {
    const box = this.box(purpose);
    const withdrawn = purpose === "record" && !box.checked;
    at("consent-trouble").textContent = "";
    this.tell();
    try {
      await this.save();
      announce(say(withdrawn ? "consent_withdrawn" : "consent_saved"));
    } catch {
      box.checked = this.known[purpose] === true;
      at("consent-trouble").textContent = say("consent_failed");
      this.tell();
    }
  }
}
