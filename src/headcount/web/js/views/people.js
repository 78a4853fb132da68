// Who is online, as the server has told: as many rows as windows, one row for each name.

import { h, list, mark, say, show } from "../dom.js";
import { LOBBY } from "../store.js";
import { t } from "../texts.js";
import { avatar } from "./parts.js";

export function peopleView() {
  const number = h("span", { class: "big-number" });
  const words = h("span", { class: "big-words" });
  const people = h("ul", { class: "people" });
  const waiting = h("p", { class: "quiet" });
  const root = h(
    "section",
    { class: "people-view", "aria-labelledby": "people-title" },
    h("h2", { class: "caption", id: "people-title" }, t("who_is_online")),
    h("p", { class: "big" }, number, words),
    waiting,
    people,
  );

  function render(state) {
    const { presence, me } = state;
    const known = presence.room === LOBBY && presence.count !== null;
    show(root.querySelector(".big"), known);
    show(waiting, !known);
    say(waiting, t(state.link.lost ? "not_known" : "loading"));
    if (known) {
      const text = t("online", { n: presence.count });
      say(number, presence.count);
      say(words, text.replace(String(presence.count), "").trim());
    }
    list(people, known ? grouped(presence.users, me) : [], (each) => each.name, person, update);
  }

  return { root, render };
}

/** Return each name once, oneself first, with how many windows there are of it. */
function grouped(users, me) {
  const windows = new Map();
  for (const name of users) windows.set(name, (windows.get(name) ?? 0) + 1);
  const rows = [...windows].map(([name, count]) => ({ name, count, own: name === me?.name }));
  return rows.sort((one, other) => other.own - one.own);
}

function person({ name }) {
  return h(
    "li",
    { class: "person" },
    avatar(name),
    h("bdi", { class: "person-name" }, name),
    h("span", { class: "person-more" }),
  );
}

function update(child, { own, count }) {
  const more = [own ? t("you") : null, count > 1 ? t("times", { n: count }) : null];
  say(child.querySelector(".person-more"), more.filter(Boolean).join(" · "));
  mark(child, "data-own", own ? "true" : null);
}
