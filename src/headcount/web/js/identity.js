// Who one is: logging in, registering, entering as a guest, leaving; kept across reloads.

import { Refused } from "./api.js";
import { dictionary } from "./store.js";

const ACCOUNT = "headcount.account";
const GUEST = "headcount.guest";

export class Identity {
  #store;
  #api;
  #chat;

  constructor(store, api, chat) {
    this.#store = store;
    this.#api = api;
    this.#chat = chat;
    // Another window of this browser has logged out, or in.
    addEventListener("storage", (event) => {
      const own = event.key === ACCOUNT && token(event.oldValue) === api.token;
      if (own && !event.newValue && store.state.me?.kind === "account") this.#forget(null);
    });
  }

  /** Learn which ways in there are; where that cannot be known, the server tells who tries. */
  async look() {
    try {
      const { guests } = await this.#api.settings();
      this.#store.change((state) => {
        state.guests = guests;
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Be who one was before the page was reloaded, if anybody. */
  async restore() {
    const account = stored("localStorage", ACCOUNT);
    const guest = stored("sessionStorage", GUEST);
    if (guest) this.guest(guest.name);
    if (guest || typeof account?.token !== "string") return;
    this.#be(account);
    try {
      const { username, role } = await this.#api.verify();
      this.#store.change((state) => {
        if (state.me?.kind === "account") Object.assign(state.me, { name: username, role });
      });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.#forget("TOKEN_INVALID");
    }
  }

  async logIn(name, password) {
    const { token, user } = await this.#api.login(name, password);
    this.#be({ token, name: user.username, role: user.role ?? "user" });
  }

  async register(name, password) {
    const { token, user } = await this.#api.register(name, password);
    this.#be({ token, name: user.username, role: user.role ?? "user" });
  }

  /** Enter under a name only; whether it is free is told by the server. */
  guest(name) {
    this.#api.token = null;
    save("sessionStorage", GUEST, { name });
    this.#store.change((state) => {
      arrived(state, { kind: "guest", name, admitted: false });
    });
    this.#chat.open();
  }

  /** Log out: the account is free at once. */
  async logOut() {
    const leaving = this.#store.state.me?.kind === "account" ? this.#api.logout() : null;
    this.#forget(null);
    await leaving?.catch(() => {});
  }

  /** Note that one's login or name is not accepted any more, and why. */
  ended(code) {
    this.#forget(code);
  }

  #be({ token, name, role }) {
    this.#api.token = token;
    save("localStorage", ACCOUNT, { token, name, role });
    this.#store.change((state) => {
      arrived(state, { kind: "account", name, role, admitted: true });
    });
    this.#chat.open();
  }

  #forget(code) {
    const { kind, name } = this.#store.state.me ?? {};
    const kept = stored("localStorage", ACCOUNT)?.token;
    this.#chat.close();
    // Somebody else may have logged in beside, in another window of this browser.
    if (kind === "account" && kept === this.#api.token) save("localStorage", ACCOUNT, null);
    this.#api.token = null;
    save("sessionStorage", GUEST, null);
    this.#store.change((state) => {
      state.me = null;
      state.rooms = dictionary();
      state.sessions = null;
      state.rosters = dictionary();
      state.uids = dictionary();
      state.unheard = 0;
      state.admin = null;
      state.left = { kind, name, code };
    });
  }
}

/** Be somebody; what another one was writing is none of theirs. */
function arrived(state, me) {
  if (state.left && state.left.name !== me.name) state.drafts = dictionary();
  state.me = me;
  state.way = null;
  state.notice = null;
}

/** Return what is kept of somebody, if that is what it should be; `area` is a kind of storage. */
function stored(area, key) {
  try {
    // A browser that refuses to keep anything throws where the storage is asked for.
    const found = JSON.parse(window[area].getItem(key));
    return typeof found?.name === "string" && found.name ? found : null;
  } catch {
    return null;
  }
}

function token(value) {
  try {
    return JSON.parse(value)?.token ?? null;
  } catch {
    return null;
  }
}

function save(area, key, value) {
  try {
    if (value === null) window[area].removeItem(key);
    else window[area].setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing: one logs in again after a reload.
  }
}
