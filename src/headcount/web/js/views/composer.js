// Where one writes.

import { h, mark, say, show } from "../dom.js";
import { shownRoom } from "../store.js";
import { t } from "../texts.js";
import { replyBar } from "./message.js";
import { icon } from "./parts.js";

const LONGEST = 5000;
const WARN = 200;

export function composerView({ chat, store }) {
  const bar = replyBar(() => {
    reply(null);
    text.focus();
  });
  const text = h("textarea", {
    id: "composer",
    rows: "1",
    dir: "auto",
    enterkeyhint: "send",
    autocomplete: "off",
    placeholder: t("message_placeholder"),
    "aria-describedby": "composer-count",
    oninput: typed,
    onkeydown: key,
    onblur: () => chat.typing(false),
  });
  const send = h(
    "button",
    { type: "submit", class: "send primary", "aria-label": t("send"), title: t("send") },
    icon("send"),
  );
  const left = h("p", { class: "left-over", id: "composer-count", role: "status" });
  const writing = h("p", { class: "writing", "aria-live": "off" });
  const form = h(
    "form",
    { class: "composer", onsubmit: submitted },
    h("label", { for: "composer", class: "sr-only" }, t("message_label")),
    text,
    send,
  );
  const root = h("div", { class: "writing-place" }, writing, bar.root, left, form);
  new ResizeObserver(() => grow()).observe(root);
  let room = null;
  let above = () => {};

  function draft() {
    const { state } = store;
    state.drafts[shownRoom(state)] ??= { text: "", reply: null };
    return state.drafts[shownRoom(state)];
  }

  function typed() {
    draft().text = text.value;
    chat.typing(text.value.trim() !== "");
    grow();
  }

  function grow() {
    text.style.setProperty("height", "auto");
    // Where it is not seen it has no height; it grows when it is.
    const high = text.scrollHeight && `${Math.min(text.scrollHeight, 180)}px`;
    if (high) text.style.setProperty("height", high);
    const size = [...text.value.trim()].length;
    const over = size - LONGEST;
    say(
      left,
      over > 0 ? t("too_long", { n: over }) : over > -WARN ? t("left_over", { n: -over }) : "",
    );
    show(left, left.textContent);
    left.classList.toggle("over", over > 0);
    send.disabled = size === 0 || over > 0;
  }

  function key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape" && draft().reply) {
      reply(null);
    } else if (event.key === "ArrowUp" && text.value === "") {
      event.preventDefault();
      above();
    }
  }

  function submitted(event) {
    event.preventDefault();
    const said = text.value.replaceAll("\0", "").trim();
    if (!said || send.disabled) return;
    chat.say(said, draft().reply);
    Object.assign(draft(), { text: "", reply: null });
    text.value = "";
    bar.render(null);
    grow();
    text.focus();
  }

  function reply(message) {
    draft().reply = message ? { id: message.id, author: message.author, text: message.text } : null;
    bar.render(draft().reply);
    if (message) text.focus();
  }

  function render(state) {
    if (room !== shownRoom(state)) {
      room = shownRoom(state);
      text.value = draft().text;
      bar.render(draft().reply);
      if (root.isConnected) grow();
      send.disabled = text.value.trim() === "";
    }
    const gone =
      state.route.name === "session" &&
      state.sessions &&
      !state.stale &&
      !state.sessions.some((each) => each.id === room);
    text.disabled = Boolean(gone);
    const now = Date.now();
    const names = Object.values(state.typing)
      .filter((who) => who.until > now)
      .map((who) => who.name);
    say(writing, writers(names));
    mark(writing, "data-some", names.length ? "true" : null);
    if (names.length) setTimeout(() => root.isConnected && render(store.state), 1000);
  }

  return { root, render, reply, focus: () => text.focus(), above: (work) => (above = work) };
}

function writers([name, other, ...more]) {
  if (!name) return "";
  if (!other) return t("writing_one", { name });
  return more.length ? t("writing_many") : t("writing_two", { name, other });
}
