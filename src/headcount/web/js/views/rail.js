// The list of places one can be in: the lobby, and a room for each live session.

import { h, list, mark, say, show } from "../dom.js";
import { LOBBY } from "../store.js";
import { t, unturned } from "../texts.js";
import { icon, seats, stateWord } from "./parts.js";

export function railView() {
  const online = h("span", { class: "place-count", "aria-hidden": "true" });
  const lobby = h(
    "a",
    { class: "place", href: "#/" },
    icon("chat"),
    h("span", { class: "place-name" }, t("lobby")),
    online,
  );
  const sessions = h("ul", { class: "places" });
  const empty = h(
    "div",
    { class: "empty" },
    h("p", {}, t("no_sessions")),
    h("p", { class: "quiet" }, t("no_sessions_hint")),
  );
  const unknown = h("p", { class: "quiet stale", role: "status" });
  const root = h(
    "nav",
    { class: "rail", "aria-label": t("sessions") },
    lobby,
    h("h2", { class: "caption" }, t("live_sessions")),
    unknown,
    sessions,
    empty,
  );

  function render(state) {
    mark(lobby, "aria-current", state.route.name === "lobby" ? "page" : null);
    const { presence } = state;
    say(online, presence.room === LOBBY ? presence.count : "");
    const known = state.sessions ?? [];
    const stale = state.stale || state.link.lost;
    say(unknown, stale ? t("sessions_unknown") : state.sessions === null ? t("loading") : "");
    show(unknown, unknown.textContent);
    show(empty, state.sessions !== null && !stale && known.length === 0);
    list(
      sessions,
      known,
      (each) => each.uid,
      card,
      (child, each) => update(child, each, state),
    );
  }

  return { root, render };
}

function card() {
  return h(
    "li",
    {},
    h(
      "a",
      { class: "session-card" },
      h(
        "span",
        { class: "session-head" },
        h("bdi", { class: "session-name" }),
        h("span", { class: "state" }),
      ),
      h(
        "span",
        { class: "session-seats" },
        h("span", { class: "pips", "aria-hidden": "true" }),
        h("span", { class: "seat-text" }),
      ),
      h("span", { class: "session-people" }),
    ),
  );
}

function update(child, session, state) {
  const link = child.firstElementChild;
  mark(link, "href", `#/session/${encodeURIComponent(session.id)}`);
  const current = state.route.name === "session" && state.route.id === session.id;
  mark(link, "aria-current", current ? "page" : null);
  say(link.querySelector(".session-name"), session.name);
  const badge = link.querySelector(".state");
  say(badge, stateWord(session, state));
  mark(badge, "data-state", session.state);
  say(link.querySelector(".seat-text"), seats(session));
  pips(link.querySelector(".pips"), session);
  const names = session.members.filter((each) => each.status !== "away").map((each) => each.name);
  const people = link.querySelector(".session-people");
  say(people, names.map(unturned).join(", "));
  show(people, names.length);
}

const MOST = 12;

/** Draw a seat for each there may be, if they are few. */
export function pips(box, { count, max, members }) {
  const away = members.filter((each) => each.status === "away").length;
  const all = max ?? count + away;
  const shown = all <= MOST ? all : 0;
  const kinds = Array.from({ length: shown }, (_, index) =>
    index < count ? "here" : index < count + away ? "away" : "free",
  );
  list(
    box,
    kinds.map((kind, index) => ({ kind, index })),
    (each) => each.index,
    () => h("i"),
    (pip, { kind }) => {
      pip.className = kind;
    },
  );
  show(box, shown);
}
