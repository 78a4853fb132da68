// Before one is anybody: log in, register, or enter as a guest.

import { Refused } from "../api.js";
import { h, mark, say, show } from "../dom.js";
import { problem, t } from "../texts.js";
import { complain, field } from "./parts.js";

const WAYS = ["log_in", "register", "as_guest"];
/** Which field an error is about; all others stand above the button. */
const ABOUT = {
  NAME_LENGTH: "name",
  NAME_TAKEN: "name",
  NAME_LOST: "name",
  BAD_NAME: "name",
  PASSWORD_LENGTH: "password",
  BAD_PASSWORD: "password",
};
const BY_TEXT = {
  "Le nom doit contenir entre 3 et 20 caractères": "NAME_LENGTH",
  "Le mot de passe doit contenir au moins 6 caractères": "PASSWORD_LENGTH",
  "Ce nom est déjà utilisé": "NAME_TAKEN",
  "Identifiants incorrects": "WRONG_CREDENTIALS",
};

export function entryView({ identity, store }) {
  let way = store.state.way ?? (store.state.left?.kind === "guest" ? "as_guest" : "log_in");
  let told = null;
  let busy = false;

  const name = h("input", {
    name: "username",
    required: true,
    autocapitalize: "none",
    spellcheck: "false",
  });
  const password = h("input", { type: "password", name: "password", required: true });
  const passwordField = field("entry-password", t("password"), password, t("password_hint"));
  const trouble = h("p", { class: "form-error", role: "alert" });
  const advice = h("p", { class: "hint", role: "status" });
  const submit = h("button", { class: "primary", type: "submit" });
  const forgotten = h("p", { class: "hint middle-text" }, t("forgotten"));
  const nameField = field("entry-name", t("name"), name, t("name_hint"));
  const form = h(
    "form",
    { class: "entry-form", novalidate: true, onsubmit: submitted },
    nameField,
    passwordField,
    trouble,
    advice,
    submit,
    forgotten,
  );
  const tabs = WAYS.map((each) =>
    h("button", { type: "button", class: "segment", onclick: () => choose(each, true) }, t(each)),
  );
  const root = h(
    "main",
    { class: "entry", id: "main" },
    h(
      "section",
      { class: "entry-card", "aria-labelledby": "entry-title" },
      h("img", { src: "icon.svg", alt: "", width: "56", height: "56" }),
      h("h1", { id: "entry-title", tabindex: "-1" }, t("welcome")),
      h("p", { class: "quiet" }, t("welcome_text")),
      h("div", { class: "segments", role: "group", "aria-label": t("way_in") }, tabs),
      form,
    ),
  );
  choose(way, false);

  function choose(wanted, focus) {
    way = wanted;
    if (focus) store.state.way = way;
    tabs.forEach((tab, index) => mark(tab, "aria-pressed", String(WAYS[index] === way)));
    const guest = way === "as_guest";
    show(passwordField, !guest);
    const hints = { log_in: "", register: t("name_hint"), as_guest: t("guest_hint") };
    const nameHint = nameField.querySelector(".hint");
    say(nameHint, hints[way]);
    show(nameHint, hints[way]);
    show(passwordField.querySelector(".hint"), way === "register");
    show(forgotten, way === "log_in");
    mark(name, "autocomplete", guest ? "nickname" : "username");
    mark(name, "maxlength", guest ? "32" : null);
    mark(password, "autocomplete", way === "register" ? "new-password" : "current-password");
    say(submit, t({ log_in: "log_in", register: "create_account", as_guest: "enter" }[way]));
    clear();
    if (focus) name.focus();
  }

  function clear() {
    advise(null);
    say(trouble, "");
    if (root.isConnected) [name, password].forEach((input) => complain(input, null));
  }

  /** Say what one can do about an error, where that is not in it. */
  function advise(code) {
    say(advice, code === "ALREADY_LOGGED_IN" ? t("elsewhere_advice") : "");
    show(advice, advice.textContent);
  }

  async function submitted(event) {
    event.preventDefault();
    clear();
    const given = name.value.trim();
    if (!given) return wrong(name, t("name_missing"));
    if (way === "as_guest") return identity.guest(given);
    if (!password.value) return wrong(password, t("password_missing"));
    if (busy) return undefined;
    working(true);
    try {
      await (way === "register"
        ? identity.register(given, password.value)
        : identity.logIn(given, password.value));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      tell(error.code ?? BY_TEXT[error.message] ?? null, error.message, error.wait);
    } finally {
      working(false);
    }
  }

  /** Let nothing be sent twice, however slow the answer is. */
  function working(now) {
    busy = now;
    submit.disabled = now;
    mark(form, "aria-busy", now ? "true" : null);
  }

  function tell(code, message, wait) {
    const text = problem(code, message, { wait: wait ?? 60 });
    if (ABOUT[code]) wrong({ name, password }[ABOUT[code]], text);
    else {
      say(trouble, text);
      advise(code);
      (code === "WRONG_CREDENTIALS" ? password : name).focus();
    }
  }

  function wrong(input, text) {
    complain(input, text);
    input.focus();
  }

  function render(state) {
    show(tabs[WAYS.indexOf("as_guest")], state.guests);
    if (way === "as_guest" && !state.guests) choose("log_in", false);
    const waiting = state.me?.kind === "guest" && !state.me.admitted;
    submit.disabled = busy || waiting;
    if (state.left && state.left !== told) {
      told = state.left;
      if (told.code) tell(told.code, "");
      else root.querySelector("h1").focus();
    }
  }

  return { root, render };
}
