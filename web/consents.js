// What this person agrees to: one box per purpose, saved with every click; what is said of it is what Studio holds.

import { at, announce } from "./view.js";
import { say } from "./words.js";

const PURPOSES = ["record", "ai", "marketing"];

export class Consents {
  static saved = Promise.resolve(); // one save after the other, whoever is on the page

  saving = false;
  saves = 0;
  entering = false;
  changed = () => {};

  constructor(api, booking) {
    this.api = api;
    this.booking = booking;
    for (const purpose of PURPOSES) {
      this.box(purpose).onchange = () => this.change();
    }
    at("consent-trouble").textContent = "";
    this.follow(booking.consents);
  }

  box(purpose) {
    return at("consents").querySelector(`[name=${purpose}]`);
  }

  follow(known) {
    this.known = known;
    for (const purpose of PURPOSES) this.box(purpose).checked = known[purpose] === true;
    this.tell();
  }

  // Say what follows for the recording, and which answers came by a link; what may only be withdrawn is not offered anew.
  tell() {
    for (const purpose of PURPOSES) {
      const { [purpose]: given, [`${purpose}_by`]: way } = this.known;
      const text = this.booking.consent_texts[purpose];
      this.box(purpose).nextElementSibling.textContent = way === "link" ? `${text} ${say("by_link")}` : text;
      this.box(purpose).disabled = this.booking.withdraw_only && (given === false || given === null);
    }
    const sentence = say(this.consequence(), this.booking);
    if (at("consequence").textContent !== sentence) at("consequence").textContent = sentence;
    this.changed();
  }

  consequence() {
    const { record, ai } = this.known;
    if (this.saving) return "consequence_saving";
    if (record === undefined || ai === undefined) return "consequence_unknown";
    if (!record) return "consequence_no";
    if (this.booking.other_consents.record === false) return "consequence_other";
    return ai ? "consequence_yes" : "consequence_no_ai";
  }

  // What Studio has told since, asked for when so many saves were done; what was saved meanwhile is newer.
  heed({ consents, other_consents }, saves) {
    this.booking = { ...this.booking, other_consents };
    if (this.saving || saves !== this.saves) this.tell();
    else this.follow(consents);
  }

  async change() {
    at("consent-trouble").textContent = "";
    try {
      await this.save();
    } catch {
      const unknown = PURPOSES.some((purpose) => this.known[purpose] === undefined);
      at("consent-trouble").textContent = say(unknown ? "consent_unknown" : "consent_failed");
    }
  }

  // Whoever enters has said "no" to what she left as it was.
  enter() {
    this.entering = true;
    return this.save();
  }

  save() {
    const saved = Consents.saved.then(() => this.settle());
    Consents.saved = saved.catch(() => {});
    return saved;
  }

  // Save until Studio holds what the boxes say; raises Problem.
  async settle() {
    try {
      for (let one; (one = PURPOSES.find((purpose) => this.box(purpose).checked !== this.held(purpose))); ) {
        this.saving = true;
        this.tell();
        await this.keep(one);
      }
    } finally {
      this.saving = false;
      this.saves += 1;
      this.tell();
    }
  }

  // null is what was never asked, undefined what could not be found out.
  held(purpose) {
    return this.known[purpose] === null && !this.entering ? false : this.known[purpose];
  }

  async keep(purpose) {
    const given = this.box(purpose).checked;
    const withdrawn = purpose === "record" && !given && this.known.record === true;
    try {
      this.known = (await this.api.consent(purpose, given, this.booking.consent_texts.version)).consents;
    } catch (error) {
      await this.recall(purpose);
      if (this.box(purpose).checked !== this.known[purpose]) throw this.undone(purpose, error);
    }
    announce(say(withdrawn ? "consent_withdrawn" : "consent_saved"));
  }

  // What got no answer may have been kept or not.
  async recall(purpose) {
    try {
      this.known = (await this.api.booking()).consents;
    } catch {
      this.known = { ...this.known, [purpose]: undefined };
    }
  }

  undone(purpose, error) {
    if (this.known[purpose] !== undefined) this.box(purpose).checked = this.known[purpose] === true;
    return error;
  }
}
