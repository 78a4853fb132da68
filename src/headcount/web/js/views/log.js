// The messages of a room: the newest at the bottom, earlier ones as one scrolls up.

import { h, list, mark, say, show } from "../dom.js";
import { roomOf, shownRoom } from "../store.js";
import { t } from "../texts.js";
import { messageRow, pendingRow, updatePending, updateRow } from "./message.js";
import { icon } from "./parts.js";

const NEAR = 80;
/** Rows that are drawn at most while one reads above, and how many more as one comes down. */
const DRAWN = 800;
const MORE = 200;

export function logView({ chat, store, dialogs, composer }) {
  const rows = h("ol", { class: "rows", onkeydown: key });
  const told = h(
    "div",
    {
      role: "log",
      "aria-label": t("messages"),
      "aria-live": "polite",
      "aria-relevant": "additions",
    },
    rows,
  );
  const pending = h("ol", { class: "rows", "aria-live": "off" });
  const earlier = h(
    "button",
    { type: "button", class: "small earlier", onclick: older },
    t("earlier"),
  );
  const beginning = h("p", { class: "quiet beginning" }, t("beginning"));
  const failed = h(
    "p",
    { class: "history-failed" },
    h("span", {}, t("history_failed")),
    h("button", { type: "button", class: "small", onclick: () => chat.go() }, t("try_again")),
  );
  const empty = h(
    "div",
    { class: "empty middle" },
    h("p", {}, t("no_messages")),
    h("p", { class: "quiet" }, t("no_messages_hint")),
  );
  const loading = h("p", { class: "quiet middle" }, t("loading"));
  const scroller = h(
    "div",
    { class: "scroller", onscroll: scrolled },
    earlier,
    failed,
    beginning,
    loading,
    empty,
    told,
    pending,
  );
  const downText = h("span");
  const down = h(
    "button",
    { type: "button", class: "down", onclick: toBottom },
    icon("down"),
    downText,
  );
  down.hidden = true;
  const root = h("div", { class: "log" }, scroller, down);
  // Reading ahead, before the button is reached; it stays for those who do not scroll.
  const watcher = new IntersectionObserver(
    (seen) => seen.some((each) => each.isIntersecting) && older(),
    {
      root: scroller,
      rootMargin: "300px 0px 0px 0px",
    },
  );
  new ResizeObserver(() => pinned && stick()).observe(scroller);

  const on = {
    reply: (message) => composer.reply(message),
    jump,
    retry: (ref) => chat.retry(shownRoom(store.state), ref),
    discard: (ref) => chat.discard(shownRoom(store.state), ref),
    remove: null,
  };
  let drawn = { name: null, version: -1, role: null };
  let pinned = true;
  let seen = 0;
  let most = DRAWN;

  function older() {
    const name = shownRoom(store.state);
    if (roomOf(store.state, name).ready) chat.older(name);
  }

  function render(state) {
    const name = shownRoom(state);
    const room = roomOf(state, name);
    const role = state.me?.role ?? null;
    if (drawn.name === name && drawn.version === room.version && drawn.role === role) return;
    const moved = drawn.name !== name;
    if (moved || drawn.role !== role) {
      rows.replaceChildren();
      pending.replaceChildren();
      pinned = true;
      most = DRAWN;
      seen = room.newest;
    }
    drawn = { name, version: room.version, role };
    on.remove = role === "admin" ? remove : null;
    draw(state, room);
  }

  function draw(state, room) {
    const first = rows.firstElementChild?.querySelector(".text");
    const before = first?.getBoundingClientRect().top;
    const inside = rows.contains(document.activeElement);
    // What is read from the history is not news to be spoken.
    mark(told, "aria-live", room.ready && !room.loading ? "polite" : "off");
    mark(told, "aria-busy", room.loading ? "true" : null);
    drawRows(state, room);
    const on_way = room.pending.filter((own) => !(own.echo && room.messages.has(own.echo)));
    list(
      pending,
      on_way,
      (own) => own.ref,
      (own) => pendingRow(own, on),
      updatePending,
    );
    show(pending, on_way.length);
    show(earlier, room.ready && room.more && !room.loading);
    show(beginning, room.ready && room.more === false && room.messages.size > 0);
    show(failed, room.failed);
    show(loading, room.loading && room.messages.size === 0);
    show(empty, room.ready && room.messages.size === 0 && on_way.length === 0);
    watcher.unobserve(earlier);
    if (room.more && room.ready && !room.loading && !room.failed) watcher.observe(earlier);
    if (inside && !rows.contains(document.activeElement)) composer.focus();
    if (pinned) stick();
    else if (first?.isConnected) scroller.scrollTop += first.getBoundingClientRect().top - before;
    fresh(state, room);
  }

  function drawRows(state, room) {
    const all = [...room.messages.values()];
    const messages = pinned ? all : all.slice(0, most);
    const account = state.me?.kind === "account";
    const owns = messages.map(
      (each) => room.mine.has(each.id) || (account && each.author === state.me.name),
    );
    const latest = owns.lastIndexOf(true);
    const items = messages.map((message, index) => ({
      message,
      before: messages[index - 1],
      own: owns[index],
      last: index === latest,
    }));
    list(
      rows,
      items,
      (item) => item.message.id,
      (item) => messageRow(item.message, on),
      updateRow,
    );
    if (!rows.querySelector(':scope > [tabindex="0"]')) current(rows.lastElementChild, false);
  }

  /** Say how many new messages stand below what is seen. */
  function fresh(state, room) {
    if (pinned) {
      seen = room.newest;
      chat.trim(shownRoom(state));
    }
    const below = [...room.messages.keys()].filter((id) => id > seen).length;
    show(down, !pinned);
    say(downText, below ? t("new_below", { n: below }) : t("to_newest"));
    down.classList.toggle("some", below > 0);
  }

  function scrolled() {
    const was = pinned;
    const near = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR;
    if (near && !was && rows.childElementCount < roomOf(store.state, drawn.name).messages.size)
      return further();
    pinned = near;
    if (pinned !== was) fresh(store.state, roomOf(store.state, shownRoom(store.state)));
  }

  /** Draw more of what came while one was reading above. */
  function further() {
    most += MORE;
    redraw();
  }

  function redraw() {
    drawn.version = -1;
    render(store.state);
  }

  function stick() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  function toBottom() {
    pinned = true;
    most = DRAWN;
    chat.trim(shownRoom(store.state));
    redraw();
    composer.focus();
  }

  function jump(id) {
    const row = rows.querySelector(`[data-id="${Number(id)}"]`);
    if (!row) return;
    pinned = false;
    row.scrollIntoView({ block: "center" });
    current(row, true);
  }

  async function remove(message) {
    if (await dialogs.confirm(t("delete_sure"), t("delete_message"))) chat.remove(message.id);
  }

  // --- by keyboard: the list is one stop, arrows go from message to message ----------------------

  function current(row, focus) {
    if (!row) return;
    for (const each of rows.querySelectorAll('[tabindex="0"]')) each.tabIndex = -1;
    for (const each of [row, ...row.querySelectorAll("button, a")]) each.tabIndex = 0;
    if (focus) row.focus();
  }

  function key(event) {
    const row = event.target.closest(".message");
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const to = {
      ArrowUp: row.previousElementSibling,
      ArrowDown: row.nextElementSibling,
      Home: rows.firstElementChild,
      End: rows.lastElementChild,
    }[event.key];
    if (event.key === "Escape") composer.focus();
    else if (to) current(to, true);
    else if (event.key === "ArrowDown") composer.focus();
    else return;
    event.preventDefault();
  }

  rows.addEventListener("focusin", (event) => current(event.target.closest(".message"), false));

  return { root, render, last: () => current(rows.lastElementChild, true) };
}
