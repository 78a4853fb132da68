// What an admin sees of the server, and may do in sessions that it hosts.

import { h, list, say, show, svg } from "../dom.js";
import { lasting, t } from "../texts.js";
import { hostingView } from "./hosting.js";
import { seats, stateWord } from "./parts.js";

export function adminView({ admin, dialogs }) {
  const numbers = Object.fromEntries(
    ["connections", "accounts", "rate", "total", "uptime"].map((key) => [key, h("dd")]),
  );
  const tiles = h(
    "dl",
    { class: "tiles" },
    Object.entries(numbers).map(([key, value]) => h("div", {}, h("dt", {}, t(key)), value)),
  );
  const health = h("p", { class: "health", role: "status" });
  const rate = h("span");
  const curve = h("span", { class: "curve" });
  numbers.rate.classList.add("rate");
  numbers.rate.append(rate, curve);
  const rows = h("tbody");
  const sessions = h("ul", { class: "governed" });
  const none = h("p", { class: "quiet" }, t("no_sessions"));
  const heads = ["name", "address", "room", "since"].map((key) =>
    h("th", { scope: "col" }, t(`column_${key}`)),
  );
  const title = h("h2", { tabindex: "-1", id: "admin-title" }, t("administration"));
  const body = h(
    "div",
    { class: "admin-body" },
    health,
    tiles,
    h("h2", { class: "caption" }, t("live_sessions")),
    none,
    sessions,
    hostingView({ admin }).root,
    h("h2", { class: "caption" }, t("connections")),
    h(
      "div",
      { class: "table", tabindex: "0", role: "region", "aria-label": t("connections") },
      h("table", {}, h("thead", {}, h("tr", {}, heads)), rows),
    ),
  );
  /** What each card was drawn from: buttons that stay the same keep the focus. */
  const cards = new WeakMap();
  const refused = h("p", { class: "quiet" }, t("not_admin"));
  const root = h(
    "section",
    { class: "admin pane", "aria-labelledby": "admin-title", "data-pane": "chat" },
    h(
      "header",
      { class: "room-head" },
      h("div", { class: "room-name" }, title, h("p", { class: "quiet" }, t("admin_text"))),
    ),
    refused,
    body,
  );

  function render(state) {
    const allowed = state.me?.role === "admin";
    show(refused, !allowed);
    show(body, allowed);
    const { connections = [], figures = null, rates = [], failed = false } = state.admin ?? {};
    say(
      health,
      failed
        ? t("admin_failed")
        : figures
          ? t(figures.systemHealth.status === "healthy" ? "health_ok" : "health_bad")
          : t("loading"),
    );
    health.classList.toggle(
      "bad",
      failed || (figures && figures.systemHealth.status !== "healthy"),
    );
    if (figures) {
      say(numbers.connections, connections.length);
      say(numbers.accounts, figures.totalUsers);
      say(rate, figures.messagesPerMinute);
      say(numbers.total, figures.totalMessages);
      say(numbers.uptime, lasting(figures.systemHealth.uptime));
      curve.replaceChildren(Math.max(...rates) > 0 ? line(rates) : "");
    }
    list(
      rows,
      connections,
      (each) => each.id,
      () =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, h("bdi")),
          h("td"),
          h("td"),
          h("td", { class: "number" }),
        ),
      (row, each) => {
        const [name, address, room, since] = row.children;
        say(name.firstChild, each.username);
        say(address, each.ip);
        say(room, each.room === "lobby" ? t("lobby") : each.room);
        say(since, lasting(each.connectedDuration / 1000));
      },
    );
    const live = state.sessions ?? [];
    show(none, live.length === 0);
    list(
      sessions,
      live,
      (each) => each.uid,
      () => h("li", { class: "governed-card" }),
      (child, each) => {
        governed(child, each);
        say(child.querySelector(".state"), stateWord(each, state));
      },
    );
  }

  function governed(child, session) {
    const drawn = JSON.stringify([session.state, session.count, session.hosted, session.members]);
    if (cards.get(child) === drawn) return;
    cards.set(child, drawn);
    const focused = child.contains(document.activeElement) ? spokenName(document.activeElement) : null;
    const { id, name, hosted, state, members, host } = session;
    const startable = state === "open" && session.count >= session.min;
    child.replaceChildren(
      h(
        "div",
        { class: "governed-head" },
        h("bdi", { class: "session-name" }, name),
        h("span", { class: "state", "data-state": state }),
        h("span", { class: "quiet" }, seats(session)),
      ),
      hosted
        ? h(
            "div",
            { class: "buttons" },
            h(
              "button",
              {
                type: "button",
                class: "small",
                disabled: !startable,
                onclick: () => admin.act(id, "start"),
              },
              t("start_session"),
            ),
            h(
              "button",
              {
                type: "button",
                class: "small danger",
                onclick: () => sure(t("close_session_sure"), t("close_session"), id, "close"),
              },
              t("close_session"),
            ),
          )
        : h("p", { class: "quiet" }, t("hosted_elsewhere")),
      hosted && members.length > 1
        ? h(
            "ul",
            { class: "kicks" },
            members
              .filter((each) => each.id !== host)
              .map((each) =>
                h(
                  "li",
                  {},
                  h("bdi", {}, each.name),
                  h(
                    "button",
                    {
                      type: "button",
                      class: "small danger",
                      "aria-label": t("kick_name", { name: each.name }),
                      onclick: () =>
                        sure(t("kick_sure", { name: each.name }), t("kick"), id, "kick", {
                          client: each.id,
                        }),
                    },
                    t("kick"),
                  ),
                ),
              ),
          )
        : "",
    );
    if (focused) (named(child, focused) ?? title).focus();
  }

  async function sure(question, yes, id, action, body) {
    if (await dialogs.confirm(question, yes)) admin.act(id, action, body);
  }

  return { root, render, focus: () => title.focus() };
}

function spokenName(button) {
  return button.getAttribute("aria-label") ?? button.textContent;
}

function named(card, name) {
  const buttons = [...card.querySelectorAll("button:enabled")];
  return buttons.find((each) => spokenName(each) === name);
}

const WIDTH = 240;
const HEIGHT = 40;

/** Return the message rate of the last minutes as a line. */
function line(rates) {
  const most = Math.max(1, ...rates);
  const step = WIDTH / Math.max(1, rates.length - 1);
  const points = rates.map(
    (rate, index) =>
      `${Math.round(index * step)},${Math.round(HEIGHT - 3 - (rate / most) * (HEIGHT - 6))}`,
  );
  return svg(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: "sparkline",
      "aria-hidden": "true",
      preserveAspectRatio: "none",
    },
    svg("polygon", {
      points: `0,${HEIGHT} ${points.join(" ")} ${Math.round((rates.length - 1) * step)},${HEIGHT}`,
    }),
    svg("polyline", { points: points.join(" ") }),
  );
}
