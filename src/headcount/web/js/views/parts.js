// Small pieces that several views are made of.

import { secondsLeft } from "../countdown.js";
import { h, svg } from "../dom.js";
import { t } from "../texts.js";

const ICONS = {
  send: "M4 12 20 4l-4.500 16-4-6.500zM11.500 13.500 20 4",
  reply: "M10 7 4.500 12.500 10 18M5 12.500h8.500a6 6 0 0 1 6 6",
  bin: "M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500",
  clear: "M4.500 6.500h15M4.500 12h8M4.500 17.500h8M16 13.500l5 5M21 13.500l-5 5",
  close: "M6 6l12 12M18 6 6 18",
  down: "M12 5v14M6 13l6 6 6-6",
  people:
    "M9 11a3.200 3.200 0 1 0 0-6.400A3.200 3.200 0 0 0 9 11zM3 19.500a6 6 0 0 1 12 0M15.500 5a3 3 0 0 1 0 5.800M17 14a6 6 0 0 1 4 5.500",
  chat: "M4.500 5.500h15v10.500h-8L7 19.500V16H4.500z",
  grid: "M4.500 4.500h6v6h-6zM13.500 4.500h6v6h-6zM4.500 13.500h6v6h-6zM13.500 13.500h6v6h-6z",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600z",
  file: "M12 4v11M7.500 10.500 12 15l4.500-4.500M5 19.500h14",
  gauge: "M4 17a8.500 8.500 0 1 1 16 0M12 16l4-6",
  chevron: "M7 10l5 5 5-5",
};

/** Return a drawing that says nothing by itself. */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name] }),
  );
}

/** Return a button with a drawing, whose words are for those who do not see it. */
export function iconButton(name, label, properties = {}) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, ...properties },
    icon(name),
  );
}

/** Return the first letters of a name in a colour of its own. */
export function avatar(name) {
  const circle = h("span", { class: "avatar", "aria-hidden": "true" }, initials(name));
  circle.style.setProperty("--hue", hue(name));
  return circle;
}

function initials(name) {
  const words = name.split(/[\s._-]+/u).filter(Boolean);
  const first = [...(words[0] ?? "?")][0];
  const second = words.length > 1 ? [...words[1]][0] : "";
  return (first + second).toLocaleUpperCase();
}

function hue(name) {
  let sum = 7;
  for (const sign of name) sum = (sum * 31 + sign.codePointAt(0)) % 36_000;
  return (sum * 137) % 360;
}

/** Return how many seats of a session are taken, in words. */
export function seats({ count, min, max }) {
  const taken = max === null ? t("seats_open", { n: count }) : t("seats_of", { n: count, max });
  return count < min ? `${taken} · ${t("seats_needed", { n: min })}` : taken;
}

/** Return the words for a session's state; one that we do not know as it is. */
export function stateWord(session, { starts }) {
  const { state } = session;
  const n = secondsLeft(starts, session, performance.now());
  if (n !== null) return t("state_starting_in", { n });
  const known = ["open", "starting", "started", "closed"];
  return known.includes(state) ? t(`state_${state}`) : state;
}

/** Return a field with its label, its hint and a place for what is wrong with it. */
export function field(id, label, input, hint = "") {
  input.id = id;
  const error = h("p", { class: "field-error", id: `${id}-error` });
  error.hidden = true;
  const described = hint ? `${id}-hint ${id}-error` : `${id}-error`;
  input.setAttribute("aria-describedby", described);
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    input.type === "password" ? revealed(input) : input,
    hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null,
    error,
  );
}

/** Show what is wrong with a field, or that nothing is. */
export function complain(input, text) {
  const error = document.getElementById(`${input.id}-error`);
  error.textContent = text ?? "";
  error.hidden = !text;
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

function revealed(input) {
  const button = iconButton("eye", t("show_password"), {
    "aria-pressed": "false",
    onclick: () => {
      const shown = input.type === "password";
      input.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      const label = t(shown ? "hide_password" : "show_password");
      button.setAttribute("aria-label", label);
      button.title = label;
    },
  });
  return h("div", { class: "reveal" }, input, button);
}
