// What needs an answer before anything else: a second window, a deletion, a new password.

import { Refused } from "../api.js";
import { h, say } from "../dom.js";
import { problem, t } from "../texts.js";
import { complain, field } from "./parts.js";

const FINAL = ["refused", "replaced", "cut"];

export function dialogsView({ api, chat, identity, store }) {
  const title = h("h2", { id: "elsewhere-title" });
  const text = h("p", { role: "status" });
  const again = h("button", {
    type: "button",
    class: "primary",
    autofocus: true,
    onclick: () => chat.open(),
  });
  const elsewhere = h(
    "dialog",
    {
      "aria-labelledby": "elsewhere-title",
      class: "elsewhere",
      oncancel: (event) => event.preventDefault(),
    },
    title,
    text,
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", onclick: () => identity.logOut() }, t("log_out")),
      again,
    ),
  );
  const root = h("div", { class: "dialogs" }, elsewhere);

  function render(state) {
    const { status } = state.link;
    const final = FINAL.includes(status);
    // It stays while another attempt is under way: that may be refused as quickly.
    const wanted = Boolean(state.me) && (final || (elsewhere.open && status !== "up"));
    if (wanted && final) {
      say(title, t(`${status}_title`));
      say(text, `${t(`${status}_text`)}${status === "refused" ? ` ${t("elsewhere_advice")}` : ""}`);
    }
    say(again, t(final ? "try_again" : "link_connecting"));
    if (wanted && !elsewhere.open) elsewhere.showModal();
    else if (!wanted && elsewhere.open) elsewhere.close();
  }

  /** Ask whether something is really to be done. */
  function confirm(question, yes) {
    const { promise, resolve } = deferred();
    const dialog = h(
      "dialog",
      { "aria-labelledby": "confirm-title", onclose: () => done(dialog, resolve) },
      h("h2", { id: "confirm-title" }, question),
      h(
        "form",
        { method: "dialog", class: "buttons" },
        h("button", { value: "no", autofocus: true }, t("cancel")),
        h("button", { class: "primary danger", value: "yes" }, yes),
      ),
    );
    root.append(dialog);
    dialog.showModal();
    return promise;
  }

  /** Let one change one's password. */
  function password() {
    const old = h("input", { type: "password", autocomplete: "current-password", required: true });
    const fresh = h("input", { type: "password", autocomplete: "new-password", required: true });
    const name = h("input", {
      type: "text",
      autocomplete: "username",
      value: store.state.me.name,
      readonly: true,
      class: "sr-only",
      tabindex: "-1",
      "aria-hidden": "true",
    });
    const trouble = h("p", { class: "form-error", role: "alert" });
    const save = h("button", { class: "primary", type: "submit" }, t("save"));
    const form = h(
      "form",
      { class: "entry-form", novalidate: true, onsubmit: submitted },
      name,
      field("old-password", t("old_password"), old),
      field("new-password", t("new_password"), fresh, t("password_hint")),
      trouble,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", onclick: () => dialog.close() }, t("cancel")),
        save,
      ),
    );
    const dialog = h(
      "dialog",
      { "aria-labelledby": "password-title", onclose: () => dialog.remove() },
      h("h2", { id: "password-title" }, t("change_password")),
      form,
    );
    root.append(dialog);
    dialog.showModal();
    old.focus();

    async function submitted(event) {
      event.preventDefault();
      [old, fresh].forEach((input) => complain(input, null));
      say(trouble, "");
      const empty = [old, fresh].find((input) => !input.value);
      if (empty) return wrong(empty, t("password_missing"));
      save.disabled = true;
      try {
        await api.changePassword(old.value, fresh.value);
        dialog.close();
        store.change((state) => (state.notice = { code: "PASSWORD_CHANGED", kind: "good" }));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const told = problem(error.code, error.message, { wait: error.wait ?? 60 });
        if (error.status === 403) wrong(old, problem("WRONG_PASSWORD"));
        else if (error.status === 400) wrong(fresh, told);
        else say(trouble, told);
      } finally {
        save.disabled = false;
      }
    }

    function wrong(input, said) {
      complain(input, said);
      input.focus();
    }
  }

  return { root, render, confirm, password };
}

function done(dialog, resolve) {
  dialog.remove();
  resolve(dialog.returnValue === "yes");
}

function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
