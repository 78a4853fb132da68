// The chat of the room that is shown: its title, what the connection does, messages, composer.

import { h, say, show } from "../dom.js";
import { LOBBY, shownRoom, shownSession } from "../store.js";
import { t } from "../texts.js";
import { composerView } from "./composer.js";
import { logView } from "./log.js";
import { iconButton, seats } from "./parts.js";

export function chatView(app) {
  const { chat, dialogs } = app;
  const composer = composerView(app);
  const log = logView({ ...app, composer });
  composer.above(log.last);
  const title = h("h2", { tabindex: "-1", id: "room-title" });
  const below = h("p", { class: "quiet" });
  const clear = iconButton("clear", t("clear_room"), { onclick: emptied });
  const banner = h("p", { class: "banner", role: "status" });
  const root = h(
    "section",
    { class: "chat pane", "aria-labelledby": "room-title", "data-pane": "chat" },
    h("header", { class: "room-head" }, h("div", { class: "room-name" }, title, below), clear),
    banner,
    log.root,
    composer.root,
  );

  async function emptied() {
    if (await dialogs.confirm(t("clear_sure"), t("clear_room"))) chat.clear();
  }

  function render(state) {
    const room = shownRoom(state);
    const session = shownSession(state);
    say(title, room === LOBBY ? t("lobby") : (session?.name ?? state.route.id));
    say(below, room === LOBBY ? t("lobby_text") : session ? seats(session) : t("room_text"));
    show(clear, state.me?.role === "admin");
    say(banner, state.link.lost ? t("link_lost") : "");
    show(banner, banner.textContent);
    log.render(state);
    composer.render(state);
  }

  return { root, render, focus: () => title.focus(), write: () => composer.focus() };
}
