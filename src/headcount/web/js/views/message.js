// One message: who, when, what, and for one's own how far it has come.

import { now } from "../clock.js";
import { h, mark, say, show } from "../dom.js";
import { linked } from "../links.js";
import { problem, t, when } from "../texts.js";
import { avatar, icon, iconButton } from "./parts.js";

/** Lines of a text that are shown at first. */
const LINES = 30;

/** Return the row of a message; `on` has reply, remove, jump, retry and discard. */
export function messageRow(message, on) {
  const time = h(
    "time",
    { class: "time", datetime: message.at, title: when(message.at, "full") },
    when(message.at, "time"),
  );
  const row = h(
    "li",
    { class: "message", tabindex: "-1" },
    h("div", { class: "day" }),
    h("div", { class: "side" }, avatar(message.author)),
    h(
      "div",
      { class: "body" },
      h("p", { class: "head" }, h("bdi", { class: "author" }, message.author), time),
      h(
        "div",
        { class: "bubble" },
        message.reply ? quote(message.reply, on) : null,
        said(message.text),
      ),
      h("p", { class: "delivery" }),
    ),
    h(
      "div",
      { class: "actions" },
      iconButton("reply", t("reply"), { tabindex: "-1", onclick: () => on.reply(message) }),
      on.remove
        ? iconButton("bin", t("delete_message"), {
            tabindex: "-1",
            onclick: () => on.remove(message),
          })
        : null,
    ),
  );
  return row;
}

/** Return what was said, with the addresses in it as links. */
function said(text) {
  const parts = linked(text).map(({ text: part, href }) =>
    href
      ? // Isolated: no sign of the text around it can turn the address round.
        h(
          "a",
          { href, dir: "ltr", tabindex: "-1", target: "_blank", rel: "noopener noreferrer nofollow" },
          part,
        )
      : part,
  );
  const long = text.split("\n").length > LINES;
  const words = h("p", { class: long ? "text long" : "text", dir: "auto" }, parts);
  return long ? [words, unfolding(words)] : [words];
}

/** Return a button that shows all of a text of very many lines. */
function unfolding(words) {
  const button = h("button", { type: "button", class: "small more", onclick: turned }, t("show_all"));
  function turned() {
    const whole = words.classList.toggle("whole");
    say(button, t(whole ? "show_less" : "show_all"));
  }
  return button;
}

function quote(reply, on) {
  return h(
    "button",
    { type: "button", class: "quote", tabindex: "-1", onclick: () => on.jump(reply.id) },
    h("bdi", { class: "quote-author" }, reply.author || t("gone_message")),
    h("span", { class: "quote-text", dir: "auto" }, reply.text),
  );
}

/** Bring a row up to date: day and name stand only where they are new. */
export function updateRow(row, { message, before, own, last }) {
  const newDay = !before || day(before.at) !== day(message.at);
  const follows = !newDay && before.author === message.author && near(before.at, message.at);
  const label = row.querySelector(".day");
  say(label, newDay ? dayName(message.at) : "");
  show(label, newDay);
  row.classList.toggle("follows", follows);
  row.classList.toggle("own", own);
  const delivery = row.querySelector(".delivery");
  say(delivery, own && last ? `✓ ${t("sent")}` : "");
  show(delivery, own && last);
  mark(row, "data-id", message.id);
  if (message.reply) requote(row, message.reply);
}

/** What was deleted is quoted no more. */
function requote(row, { author, text }) {
  say(row.querySelector(".quote-author"), author || t("gone_message"));
  say(row.querySelector(".quote-text"), text);
}

/** Return the row of an own message that is on its way, or has failed. */
export function pendingRow(own, on) {
  return h(
    "li",
    { class: "message own pending" },
    h("div", { class: "side" }),
    h(
      "div",
      { class: "body" },
      h(
        "div",
        { class: "bubble" },
        own.reply ? quote(own.reply, on) : null,
        said(own.text),
      ),
      h("p", { class: "delivery" }),
      h(
        "p",
        { class: "remedies" },
        h(
          "button",
          { type: "button", class: "small", onclick: () => on.retry(own.ref) },
          t("retry"),
        ),
        h(
          "button",
          { type: "button", class: "small", onclick: () => on.discard(own.ref) },
          t("discard"),
        ),
      ),
    ),
  );
}

export function updatePending(row, own) {
  const failed = own.state === "failed";
  const delivery = row.querySelector(".delivery");
  const why = failed ? problem(own.error?.code, own.error?.message) : "";
  say(
    delivery,
    failed ? `${t("not_sent")} · ${why}` : own.state === "sent" ? `✓ ${t("sent")}` : t("sending"),
  );
  row.classList.toggle("failed", failed);
  mark(row, "data-state", own.state);
  show(row.querySelector(".remedies"), failed);
}

/** Return the bar above the composer that names what is replied to. */
export function replyBar(onCancel) {
  const name = h("bdi", { class: "quote-author" });
  const text = h("span", { class: "quote-text", dir: "auto" });
  const root = h(
    "div",
    { class: "reply-bar" },
    icon("reply"),
    h("p", {}, name, text),
    iconButton("close", t("cancel_reply"), { onclick: onCancel }),
  );
  root.hidden = true;
  return {
    root,
    render(reply) {
      show(root, reply);
      say(name, reply ? t("replying_to", { name: reply.author }) : "");
      say(text, reply?.text ?? "");
    },
  };
}

function near(one, other) {
  return Math.abs(Date.parse(other) - Date.parse(one)) < 300_000;
}

function day(at) {
  return new Date(at).toDateString();
}

function dayName(at) {
  const today = new Date(now());
  const yesterday = new Date(today);
  yesterday.setDate(today.getDate() - 1);
  if (day(at) === today.toDateString()) return t("today");
  if (day(at) === yesterday.toDateString()) return t("yesterday");
  return when(at, "day");
}
