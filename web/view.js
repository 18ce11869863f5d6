// The page's views, of which one is shown, and what is said to people who do not see it.

import { say } from "./words.js";

const VIEWS = ["notice", "prejoin", "call", "after"];

export const at = (id) => document.getElementById(id);

export function show(view, title) {
  for (const one of VIEWS) at(one).hidden = one !== view;
  at(`${view}-title`).textContent = title;
  at(`${view}-title`).focus();
  document.title = title;
}

// A sentence of its own for whatever keeps people out, and what to do.
export function notice(code, { action = "retry", act = null, ...values } = {}) {
  show("notice", say(`${code}_title`));
  at("notice-text").textContent = say(code, values);
  at("notice-action").hidden = !act;
  at("notice-action").textContent = say(action);
  at("notice-action").onclick = act;
}

export function announce(sentence) {
  at("news").textContent = sentence;
}

export function label(button, text, icon) {
  button.querySelector(".label").textContent = text;
  button.title = text;
  if (icon) button.querySelector("use").setAttribute("href", `#i-${icon}`);
}

export function made(tag, text, className = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = className;
  return element;
}

export const initial = (name) => ([...name.trim()][0] ?? "?").toUpperCase();
