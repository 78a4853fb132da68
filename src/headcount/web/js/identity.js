// Who one is: logging in, registering, entering as a guest, leaving; kept across reloads.

import { Refused } from "./api.js";

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
      const { me } = store.state;
      if (event.key === ACCOUNT && !event.newValue && me?.kind === "account") this.#forget(null);
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
    const account = stored(localStorage, ACCOUNT);
    const guest = stored(sessionStorage, GUEST);
    if (guest?.name) this.guest(guest.name);
    if (guest?.name || !account?.token) return;
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
    save(sessionStorage, GUEST, { name });
    this.#store.change((state) => {
      state.me = { kind: "guest", name, admitted: false };
      state.notice = null;
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
    save(localStorage, ACCOUNT, { token, name, role });
    this.#store.change((state) => {
      state.me = { kind: "account", name, role, admitted: true };
      state.notice = null;
    });
    this.#chat.open();
  }

  #forget(code) {
    const kind = this.#store.state.me?.kind;
    this.#chat.close();
    this.#api.token = null;
    if (kind === "account") save(localStorage, ACCOUNT, null);
    save(sessionStorage, GUEST, null);
    this.#store.change((state) => {
      state.me = null;
      state.rooms = {};
      state.sessions = null;
      state.rosters = {};
      state.uids = {};
      state.admin = null;
      state.left = { kind, code };
    });
  }
}

function stored(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

function save(storage, key, value) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing: one logs in again after a reload.
  }
}
