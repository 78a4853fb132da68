// The whole window: what stands where, and which part a small screen shows.

import { h, mark, say, show } from "../dom.js";
import { turn } from "../store.js";
import { t } from "../texts.js";
import { adminView } from "./admin.js";
import { chatView } from "./chat.js";
import { dialogsView } from "./dialogs.js";
import { entryView } from "./entry.js";
import { noticeView } from "./notice.js";
import { icon } from "./parts.js";
import { peopleView } from "./people.js";
import { railView } from "./rail.js";
import { sessionView } from "./session.js";
import { topView } from "./top.js";

/** Return the window's content for a language; `render(state)` brings all of it up to date. */
export function shell(app) {
  const dialogs = dialogsView(app);
  const inner = { ...app, dialogs };
  const top = topView(inner);
  const notice = noticeView(app);
  const skip = h("a", { class: "skip", href: "#main", onclick: skipped }, t("skip"));
  const root = h("div", { class: "window" }, skip, top.root);
  let place = null;
  let parts = [];
  root.append(notice.root, dialogs.root);

  function skipped(event) {
    event.preventDefault();
    parts.find((part) => part.write)?.write();
  }

  /** Put together what a place consists of. */
  function build(wanted) {
    place = wanted;
    root
      .querySelectorAll(":scope > .entry, :scope > .app, :scope > .tabs")
      .forEach((each) => each.remove());
    parts = wanted === "entry" ? entry() : inside(wanted);
  }

  function entry() {
    const view = entryView(inner);
    notice.root.after(view.root);
    return [view];
  }

  function inside(wanted) {
    const rail = railView(inner);
    const main = wanted === "admin" ? adminView(inner) : chatView(inner);
    const people = peopleView(inner);
    const session = sessionView(inner);
    const aside = h(
      "section",
      { class: "aside pane", "data-pane": "people", "aria-label": t("people") },
      people.root,
      session.root,
    );
    mark(rail.root, "data-pane", "sessions");
    rail.root.classList.add("pane");
    const tabs = tabsView(app.store);
    const name = h("h1", { class: "sr-only" }, "Headcount");
    const layout = h("main", { class: "app", id: "main" }, name, rail.root, main.root, aside);
    notice.root.after(layout, tabs.root);
    const order = { render: (state) => arrange(state, people, session, layout) };
    return [order, rail, main, people, session, tabs];
  }

  function arrange(state, people, session, layout) {
    show(people.root, state.route.name !== "session");
    show(session.root, state.route.name === "session");
    mark(layout, "data-shown", state.pane);
    mark(layout, "data-route", state.route.name);
  }

  function render(state) {
    const entering = !state.me || !state.me.admitted;
    const wanted = entering ? "entry" : state.route.name === "admin" ? "admin" : "chat";
    const changed = place !== wanted;
    const first = place === null;
    if (changed) build(wanted);
    show(skip, wanted === "chat");
    for (const view of [top, ...parts, notice, dialogs]) view.render(state);
    if (changed && !first) focus(wanted);
  }

  function focus(wanted) {
    const main = parts.find((part) => part.write ?? part.focus);
    if (wanted === "chat" && matchMedia("(pointer: fine)").matches) main?.write();
    else main?.focus?.();
  }

  return { root, render, arrived: () => parts.find((part) => part.focus)?.focus() };
}

const PANES = { sessions: "grid", chat: "chat", people: "people" };

/** The three parts of a small screen, of which one is seen at a time. */
function tabsView(store) {
  const number = h("span", { class: "badge", "aria-hidden": "true" });
  const spoken = h("span", { class: "sr-only" });
  const news = h("span", { class: "news" }, number, spoken);
  const buttons = Object.entries(PANES).map(([pane, drawing]) =>
    h(
      "button",
      { type: "button", class: "tab", "data-for": pane, onclick: () => go(pane) },
      icon(drawing),
      h("span", { class: "tab-word" }, t(pane)),
      pane === "chat" ? news : null,
    ),
  );
  const root = h("nav", { class: "tabs", "aria-label": t("sections") }, buttons);

  function go(pane) {
    store.change((state) => turn(state, pane));
  }

  function render(state) {
    for (const button of buttons) {
      const pane = button.dataset.for;
      mark(button, "aria-current", state.pane === pane ? "true" : null);
      const session = pane === "people" && state.route.name === "session";
      const word = session
        ? t("session")
        : pane === "chat" && state.route.name === "admin"
          ? t("administration")
          : t(pane);
      say(button.querySelector(".tab-word"), word);
    }
    show(news, state.unheard && state.route.name !== "admin");
    say(number, state.unheard > 99 ? "99+" : state.unheard);
    say(spoken, t("new_below", { n: state.unheard }));
  }

  return { root, render };
}
