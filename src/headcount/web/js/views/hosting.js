// An admin's form for a session that this server is to host.

import { Refused } from "../api.js";
import { h, mark, say } from "../dom.js";
import { problem, t } from "../texts.js";
import { complain, field } from "./parts.js";

/** Which field an error is about; all others stand above the button. */
const ABOUT = {
  SESSION_NAME: "name",
  SESSION_SEATS: "max",
  SESSION_ROLES: "roles",
  SESSION_SEED: "seed",
  SESSION_ID: "id",
  SESSION_EXISTS: "id",
};
const NUMBERS = { type: "text", inputmode: "numeric", autocomplete: "off" };
const WORDS = { type: "text", autocomplete: "off" };

export function hostingView({ admin }) {
  const inputs = {
    name: h("input", { ...WORDS, maxlength: "64", required: true }),
    min: h("input", NUMBERS),
    max: h("input", NUMBERS),
    roles: h("input", WORDS),
    seed: h("input", NUMBERS),
    id: h("input", { ...WORDS, maxlength: "64", autocapitalize: "none", spellcheck: "false" }),
  };
  inputs.min.defaultValue = "2"; // the server and somebody to play
  const trouble = h("p", { class: "form-error", role: "alert" });
  const submit = h("button", { class: "primary", type: "submit" }, t("create"));
  const form = h(
    "form",
    { class: "entry-form", novalidate: true, onsubmit: submitted },
    h("p", { class: "quiet" }, t("create_session_hint")),
    field("create-name", t("session_name"), inputs.name),
    h(
      "div",
      { class: "side-by-side" },
      field("create-min", t("seats_min"), inputs.min, t("seats_min_hint")),
      field("create-max", t("seats_max"), inputs.max, t("seats_max_hint")),
    ),
    field("create-roles", t("roles"), inputs.roles, t("roles_hint")),
    h(
      "div",
      { class: "side-by-side" },
      field("create-seed", t("seed"), inputs.seed, t("seed_hint")),
      field("create-id", t("id"), inputs.id, t("id_hint")),
    ),
    trouble,
    submit,
  );
  const root = h("details", { class: "hosting" }, h("summary", {}, t("create_session")), form);

  async function submitted(event) {
    event.preventDefault();
    for (const input of Object.values(inputs)) complain(input, null);
    say(trouble, "");
    if (!inputs.name.value.trim()) return wrong("name", t("name_missing"));
    submit.disabled = true;
    mark(form, "aria-busy", "true");
    try {
      await admin.create(wish());
      form.reset();
      root.open = false;
      root.querySelector("summary").focus();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const text = problem(error.code, error.message);
      if (ABOUT[error.code]) wrong(ABOUT[error.code], text);
      else say(trouble, text);
    } finally {
      submit.disabled = false;
      mark(form, "aria-busy", null);
    }
  }

  function wrong(name, text) {
    complain(inputs[name], text);
    inputs[name].focus();
  }

  /** Return what is asked for; what is left empty is left out. */
  function wish() {
    const roles = inputs.roles.value.split(",").map((each) => each.trim());
    const wanted = { name: inputs.name.value.trim(), roles: roles.filter(Boolean) };
    for (const name of ["min", "max", "seed"]) {
      const given = inputs[name].value.trim();
      // What is no number is sent as it was written: the server says what can be.
      if (given) wanted[name] = /^\d{1,15}$/.test(given) ? Number(given) : given;
    }
    const id = inputs.id.value.trim();
    return id ? { ...wanted, id } : wanted;
  }

  return { root };
}
