// A session: who sits where, who is away, which roles are held, and who came and went.

import { now } from "../clock.js";
import { csv, download } from "../csv.js";
import { calmly, h, list, mark, say, show } from "../dom.js";
import { shownSession } from "../store.js";
import { t, when } from "../texts.js";
import { avatar, icon, seats, stateWord } from "./parts.js";
import { pips } from "./rail.js";
import { timeline } from "./timeline.js";

const SHOWN = 100;

export function sessionView({ store }) {
  const badge = h("span", { class: "state" });
  const number = h("span", { class: "big-number" });
  const words = h("span", { class: "big-words" });
  const row = h("span", { class: "pips large", "aria-hidden": "true" });
  const taken = h("span", { class: "seat-text" });
  const members = h("ul", { class: "people" });
  const free = h("p", { class: "quiet" });
  const roles = h("dl", { class: "facts" });
  const chart = h("div", { class: "chart" });
  const events = h("tbody");
  const note = h("p", { class: "quiet note" });
  const save = h(
    "button",
    { type: "button", class: "small", onclick: saved },
    icon("file"),
    t("download_csv"),
  );
  const facts = h("dl", { class: "facts" });
  const spoken = h("p", { class: "sr-only", role: "status" });
  const tell = calmly(spoken);
  const body = h(
    "div",
    { class: "session-body" },
    h("p", { class: "big" }, number, words, badge),
    h("p", { class: "session-seats" }, row, taken),
    spoken,
    h("p", { class: "quiet looking" }, icon("eye"), t("looking_on")),
    h("h3", { class: "caption" }, t("seats")),
    members,
    free,
    h("h3", { class: "caption roles-title" }, t("roles")),
    roles,
    h("h3", { class: "caption" }, t("timeline")),
    chart,
    note,
    h("details", { class: "roster" }, h("summary", {}, t("roster")), table(events)),
    save,
    facts,
  );
  const missing = h("p", { class: "quiet" });
  const root = h(
    "section",
    { class: "session-view", "aria-labelledby": "session-title" },
    h("h2", { class: "caption", id: "session-title" }, t("session")),
    missing,
    body,
  );
  let shown = null; // not undefined: a roster that is not known yet is shown as such
  new ResizeObserver(() => draw()).observe(chart);
  const ticking = setInterval(() => (root.isConnected ? draw() : clearInterval(ticking)), 5000);

  function render(state) {
    const session = shownSession(store.state);
    show(body, session);
    show(missing, !session);
    say(missing, state.sessions === null ? t("loading") : t("no_session"));
    if (!session) return;
    head(session, state);
    list(
      members,
      session.members,
      (each) => each.id,
      person,
      (child, each) => update(child, each, session),
    );
    const left = session.max === null ? 0 : Math.max(0, session.max - session.members.length);
    say(free, left ? t("free_seats", { n: left }) : "");
    show(free, left);
    held(session);
    told(session);
    const roster = state.rosters[session.uid];
    if (shown !== roster) {
      shown = roster;
      past(roster);
    }
  }

  /** Show what the server has recorded, once it has told. */
  function past(roster) {
    save.disabled = !roster;
    say(note, roster ? t("timeline_note", { time: when(roster.since, "full") }) : t("loading"));
    if (!roster) chart.replaceChildren();
    draw();
    const newest = roster ? roster.events.slice(-SHOWN).reverse() : [];
    list(events, newest, (each) => each.number, line);
  }

  function head(session, state) {
    const text = t("connected", { n: session.count });
    say(number, session.count);
    say(words, text.replace(String(session.count), "").trim());
    say(taken, seats(session));
    tell(`${session.name}, ${text}`);
    say(badge, stateWord(session, state));
    mark(badge, "data-state", session.state);
    pips(row, session);
  }

  function held(session) {
    show(roles, session.roles.length);
    show(body.querySelector(".roles-title"), session.roles.length);
    const rows = session.roles.map((role) => ({
      role,
      who: session.members.find((each) => each.role === role),
    }));
    list(
      roles,
      rows,
      (each) => each.role,
      ({ role }) => h("div", {}, h("dt", {}, role), h("dd", {}, h("bdi"))),
      (child, { who }) => {
        say(child.querySelector("bdi"), who?.name ?? t("role_free"));
        child.classList.toggle("free", !who);
      },
    );
  }

  function told(session) {
    const rows = [
      [t("session_id"), session.id],
      [t("seed"), session.seed],
      [t("created"), when(session.createdAt, "full")],
    ];
    const known = rows.filter(([, value]) => value !== null && value !== undefined);
    list(
      facts,
      known,
      ([name]) => name,
      ([name]) => h("div", {}, h("dt", {}, name), h("dd")),
      (child, [, value]) => {
        say(child.querySelector("dd"), value);
      },
    );
  }

  function draw() {
    const session = shownSession(store.state);
    const roster = session && store.state.rosters[session.uid];
    const width = Math.floor(chart.clientWidth);
    if (!roster || width < 120) return;
    const last = roster.events.at(-1)?.at ?? 0;
    chart.replaceChildren(timeline(roster, Math.max(now(), last), width));
  }

  function saved() {
    const session = shownSession(store.state);
    const roster = session && store.state.rosters[session.uid];
    if (!roster) return;
    const rows = roster.events.map((each) => [
      new Date(each.at).toISOString(),
      each.what,
      each.id,
      each.name,
      each.role ?? "",
      each.count,
    ]);
    download(
      `${session.id}-roster.csv`,
      csv([["time", "event", "client_id", "name", "role", "count"], ...rows]),
    );
  }

  return { root, render };
}

function person({ name }) {
  return h(
    "li",
    { class: "person" },
    avatar(name),
    h(
      "span",
      { class: "person-lines" },
      h("bdi", { class: "person-name" }),
      h("span", { class: "person-more" }),
    ),
  );
}

function update(child, member, session) {
  const words = [
    member.role,
    member.id === session.host ? t("host") : null,
    member.status === "away" ? t("away") : member.ready ? t("ready") : null,
  ];
  say(child.querySelector(".person-name"), member.name);
  say(child.querySelector(".person-more"), words.filter(Boolean).join(" · "));
  mark(child, "data-status", member.status);
}

function table(events) {
  const heads = ["time", "who", "what", "count"].map((each) =>
    h("th", { scope: "col" }, t(`column_${each}`)),
  );
  return h(
    "div",
    { class: "table", tabindex: "0", role: "region", "aria-label": t("roster") },
    h("table", {}, h("thead", {}, h("tr", {}, heads)), events),
  );
}

function line({ at, what, name, role, count }) {
  return h(
    "tr",
    {},
    h("td", {}, h("time", { datetime: new Date(at).toISOString() }, when(at, "seconds"))),
    h("td", {}, h("bdi", {}, name)),
    h("td", {}, what === "role" && !role ? t("role_given_back") : t(`what_${what}`, { role })),
    h("td", { class: "number" }, String(count)),
  );
}
