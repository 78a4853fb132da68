// The page: one state, one connection, and views that show the state. This puts them together.

import { Admin } from "./admin.js";
import { Api } from "./api.js";
import { Chat } from "./chat.js";
import { ticking } from "./countdown.js";
import { History } from "./history.js";
import { Identity } from "./identity.js";
import { parse } from "./route.js";
import { Sessions } from "./sessions.js";
import { Store, initial, shownSession, turn } from "./store.js";
import { choose, preferred, speak, t } from "./texts.js";
import { shell } from "./views/shell.js";

const store = new Store({ ...initial(preferred()), route: parse(location.hash) });
const api = new Api();
const address = new URL("ws", document.baseURI);
address.protocol = address.protocol.replace("http", "ws");
const chat = new Chat(store, api, address.href, (code) => identity.ended(code));
const identity = new Identity(store, api, chat);
const admin = new Admin(store, api);
new Sessions(store, api);
new History(store, api);
ticking(store);

let view = null;

/** Show everything in the language of the state. */
function present() {
  const { language } = store.state;
  speak(language);
  api.language = language;
  document.documentElement.lang = language;
  const speaking = { current: language, choose: switched };
  const next = shell({ store, api, chat, identity, admin, language: speaking });
  if (view) view.root.replaceWith(next.root);
  else document.body.prepend(next.root);
  view = next;
  view.render(store.state);
}

function switched(language) {
  const inputs = [...document.querySelectorAll("input[id]")].map(({ id, value }) => [id, value]);
  const open = [...document.querySelectorAll("details[open]")].map((each) => each.className);
  choose(language);
  store.change((state) => (state.language = language));
  present();
  for (const [id, value] of inputs) document.getElementById(id).value = value;
  for (const each of open) document.querySelector(`details.${each}`).open = true;
  document.querySelector(".language").focus();
}

store.watch((state) => {
  view.render(state);
  document.title = title(state);
});

/** Return the window's title: where one is, how many are there, and whether there is news. */
function title(state) {
  const { route, presence, unseen } = state;
  const news = unseen ? "● " : "";
  const session = shownSession(state);
  if (session) return `${news}(${session.count}) ${session.name}`;
  const { count } = presence;
  return route.name === "lobby" && count !== null
    ? `${news}(${count}) ${t("lobby")}`
    : `${news}Headcount`;
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") chat.seen();
});

addEventListener("hashchange", () => {
  store.change((state) => {
    state.route = parse(location.hash);
    turn(state, "chat");
  });
  chat.go();
  // Once it is drawn; then who goes by keyboard or listens is where the new page begins.
  setTimeout(() => view.arrived());
});

present();
identity.look();
identity.restore();
