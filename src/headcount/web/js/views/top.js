// The bar on top: where one is, how the connection is, how many are here, and one's account.

import { calmly, h, mark, say, show } from "../dom.js";
import { LOBBY } from "../store.js";
import { t } from "../texts.js";
import { avatar, icon } from "./parts.js";

export function topView({ chat, identity, language, dialogs }) {
  const dot = h("span", { class: "dot", "aria-hidden": "true" });
  const linkText = h("span", { class: "link-text" });
  const link = h("p", { class: "link", role: "status" }, dot, linkText);
  const again = h(
    "button",
    { type: "button", class: "small", onclick: () => chat.open() },
    t("try_now"),
  );
  const count = h("strong", { class: "online-number" });
  const countText = h("span", { class: "online-text" });
  const online = h(
    "p",
    { class: "online", "aria-hidden": "true" },
    icon("people"),
    count,
    countText,
  );
  const spoken = h("p", { class: "sr-only", role: "status" });
  const tell = calmly(spoken);
  const other = language.current === "fr" ? "en" : "fr";
  const names = { en: "English", fr: "Français" };
  const languageButton = h(
    "button",
    { type: "button", class: "ghost language", lang: other, onclick: () => language.choose(other) },
    names[other],
  );
  const face = h("span", { class: "face" });
  const myName = h("bdi", { class: "my-name" });
  const menuButton = h(
    "button",
    {
      type: "button",
      class: "ghost me",
      "aria-expanded": "false",
      "aria-controls": "account-panel",
      onclick: toggle,
    },
    face,
    h("span", { class: "sr-only" }, t("account")),
    myName,
    icon("chevron"),
  );
  const who = h("p", { class: "panel-name" });
  const password = h(
    "button",
    { type: "button", class: "row", onclick: act(() => dialogs.password()) },
    t("change_password"),
  );
  const admin = h("a", { class: "row", href: "#/admin", onclick: close }, t("administration"));
  const panelOut = h("button", {
    type: "button",
    class: "row leave",
    onclick: act(() => identity.logOut()),
  });
  const panel = h(
    "div",
    { class: "panel", id: "account-panel", role: "group", "aria-label": t("account") },
    who,
    password,
    admin,
    panelOut,
  );
  panel.hidden = true;
  const out = h("button", { type: "button", class: "ghost out", onclick: () => identity.logOut() });
  const account = h(
    "div",
    { class: "account", onkeydown: key, onfocusout: left },
    menuButton,
    panel,
  );
  const root = h(
    "header",
    { class: "top" },
    h(
      "a",
      { class: "brand", href: "#/", "aria-label": "Headcount" },
      h("img", { src: "icon.svg", alt: "", width: "28", height: "28" }),
      h("span", {}, "Headcount"),
    ),
    link,
    again,
    online,
    spoken,
    h("span", { class: "spring" }),
    languageButton,
    account,
    out,
  );

  function toggle() {
    open(panel.hidden);
  }

  function open(wanted) {
    panel.hidden = !wanted;
    mark(menuButton, "aria-expanded", String(wanted));
  }

  function close() {
    open(false);
  }

  function act(work) {
    return () => {
      close();
      menuButton.focus(); // a dialog gives the focus back to where it was
      work();
    };
  }

  function key(event) {
    if (event.key !== "Escape" || panel.hidden) return;
    close();
    menuButton.focus();
  }

  function left(event) {
    if (!account.contains(event.relatedTarget) && event.relatedTarget) close();
  }

  function status(state) {
    const { status: now, at } = state.link;
    if (now === "up") return t("link_up");
    if (now === "connecting") return t("link_connecting");
    if (now !== "waiting") return t("link_off");
    const seconds = Math.ceil((at - Date.now()) / 1000);
    return seconds > 1 ? t("link_waiting", { seconds }) : t("link_connecting");
  }

  function render(state) {
    const {
      me,
      presence,
      link: { status: now },
    } = state;
    show(root.querySelector(".online"), me && presence.room === LOBBY && presence.count !== null);
    show(link, me);
    mark(root, "data-link", me ? now : null);
    say(linkText, status(state));
    // Each second of a countdown is for the eyes; the banner has told that the connection is lost.
    mark(link, "aria-live", now === "waiting" ? "off" : null);
    show(again, me && now === "waiting");
    if (me && presence.room === LOBBY && presence.count !== null) {
      const text = t("online", { n: presence.count });
      say(count, presence.count);
      say(countText, text.replace(String(presence.count), "").trim());
      tell(text);
    }
    show(account, me);
    show(out, me);
    if (!me) [count, countText].forEach((each) => say(each, ""));
    if (!me) tell("");
    if (!me) return;
    const leaving = t(me.kind === "guest" ? "leave" : "log_out");
    say(out, leaving);
    say(panelOut, leaving);
    if (face.dataset.name !== me.name) {
      face.dataset.name = me.name;
      face.replaceChildren(avatar(me.name));
    }
    say(myName, me.name);
    say(who, me.kind === "guest" ? `${me.name} (${t("guest")})` : me.name);
    show(password, me.kind === "account");
    show(admin, me.role === "admin");
  }

  // The seconds until the next attempt go by without anything else happening.
  const ticking = setInterval(() => {
    if (!root.isConnected) clearInterval(ticking);
    else if (root.dataset.link === "waiting") chat.tick();
  }, 500);

  return { root, render };
}
