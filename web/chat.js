// Messages between the two, for as long as the call lasts; they are kept nowhere.

import { announce, at, label, made } from "./view.js";
import { say } from "./words.js";

const TOPIC = "lk.chat"; // LiveKit's own components use it too
const LONGEST = 4000;

export class Chat {
  unread = 0;

  constructor(room, booking, panel) {
    this.room = room;
    this.booking = booking;
    this.panel = panel;
    at("messages").replaceChildren();
    at("message").value = "";
    room.registerTextStreamHandler(TOPIC, (reader, { identity }) => this.receive(reader, identity));
    at("write").onsubmit = (event) => {
      event.preventDefault();
      void this.send(at("message").value.trim());
    };
    this.count(0);
  }

  async send(text) {
    if (!text) return;
    try {
      await this.room.localParticipant.sendText(text, { topic: TOPIC });
      this.add(say("you"), text, "mine");
      at("message").value = "";
    } catch {
      announce(say("not_sent"));
      this.add("", say("not_sent"), "trouble");
    }
  }

  async receive(reader, identity) {
    const text = (await reader.readAll()).slice(0, LONGEST);
    const name = this.room.getParticipantByIdentity(identity)?.name || this.booking.other;
    this.add(name, text, "theirs");
    if (this.panel.hidden) {
      this.count(this.unread + 1);
      announce(say("message_from", { name, text }));
    }
  }

  // A message is text, whatever stands in it.
  add(name, text, whose) {
    const item = made("li", "", whose);
    if (name) item.append(made("b", name));
    item.append(made("span", text));
    at("messages").append(item);
    item.scrollIntoView({ block: "nearest" });
  }

  count(unread) {
    this.unread = unread;
    at("unread").textContent = unread;
    at("unread").hidden = !unread;
    label(at("open-chat"), unread ? say("chat_unread", { number: unread }) : say("chat"));
  }
}
