// Every text of the page in the language that is chosen; the words are in words.js and errors.js.

import { ERRORS, spoken } from "./errors.js";
import { WORDS } from "./words.js";

const KEY = "headcount.language";
export const LANGUAGES = ["en", "fr"];

/** Return the language to begin with: the one chosen before, else the browser's, else English. */
export function preferred() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // A browser that keeps nothing.
  }
  const wanted = [chosen, ...navigator.languages].map((each) => String(each).slice(0, 2));
  return wanted.find((each) => LANGUAGES.includes(each)) ?? "en";
}

/** Remember a choice. */
export function choose(language) {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // It holds until the page is reloaded.
  }
}

let language = "en";
let plural = new Intl.PluralRules("en");

/** Speak a language from now on. */
export function speak(wanted) {
  language = wanted;
  plural = new Intl.PluralRules(wanted);
}

/** Return a text; `{n}` in it is replaced, and decides between one and several. */
export function t(key, values = {}) {
  const word = WORDS[key];
  if (!word) throw new Error(`no text ${key}`);
  return filled(word[LANGUAGES.indexOf(language)], values);
}

function filled(text, values) {
  const form = Array.isArray(text) ? text[plural.select(values.n) === "one" ? 0 : 1] : text;
  return form.replace(/\{(\w+)\}/g, (_, name) => unturned(values[name]));
}

/** Return a value without the signs that would turn the rest of a sentence round. */
export function unturned(value) {
  return String(value).replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}

/** Return what an error says: in our words where its code or its text is known, else in its own. */
export function problem(code, message = "", values = {}) {
  const known = ERRORS[code] ?? ERRORS[spoken(message)];
  if (known) return filled(known[language], values);
  return message || ERRORS.UNKNOWN[language];
}

const FORMATS = {
  time: { hour: "2-digit", minute: "2-digit" },
  seconds: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { weekday: "long", day: "numeric", month: "long" },
  full: { dateStyle: "medium", timeStyle: "medium" },
};
const formats = new Map();

/** Return a time for people; `kind` is one of time, seconds, day, full. */
export function when(time, kind) {
  const key = `${language} ${kind}`;
  if (!formats.has(key)) {
    const locale =
      language === "en" ? navigator.languages.find((each) => each.startsWith("en")) : "fr";
    formats.set(key, new Intl.DateTimeFormat(locale ?? "en", FORMATS[kind]));
  }
  return formats.get(key).format(new Date(time));
}

/** Return a length of time for people, roughly: 45 s, 3 min, 2 h. */
export function lasting(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return t("days", { n: Math.round(seconds / 86_400) });
}
