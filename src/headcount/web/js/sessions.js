// The live sessions, read again and again: soon after a change one is told of, else every 2 s.

import { Refused } from "./api.js";
import { LOBBY } from "./store.js";

const EVERY = 2000;
const HIDDEN = 15_000;
const SETTLING = 4000;

export class Sessions {
  #store;
  #api;
  #timer = null;
  #reading = false;
  #again = false;
  #told = null;

  constructor(store, api) {
    this.#store = store;
    this.#api = api;
    document.addEventListener("visibilitychange", () => this.refresh());
    store.watch((state) => {
      const up = state.me?.admitted && state.link.status === "up";
      const { presence } = state;
      const news =
        up && (this.#timer === null || (presence.room !== "lobby" && presence !== this.#told));
      this.#told = presence;
      if (news) this.refresh();
      if (!up) this.#stop();
    });
  }

  /** Read them now. */
  async refresh() {
    if (!this.#store.state.me?.admitted) return;
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    this.#again = false;
    this.#schedule();
    try {
      const answer = await this.#api.sessions();
      this.#store.change((state) => taken(state, answer, Date.now()));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#store.change((state) => {
        state.stale = true;
      });
    } finally {
      this.#reading = false;
    }
    if (this.#again) this.refresh();
  }

  #schedule() {
    clearTimeout(this.#timer);
    const wait = document.visibilityState === "visible" ? EVERY : HIDDEN;
    this.#timer = setTimeout(() => this.refresh(), wait * (0.9 + 0.2 * Math.random()));
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/**
 * Take over the list as the server has told it.
 *
 * A server that has just started has not heard of its sessions yet: what is missing from the list
 * soon after one is connected is not taken for gone.
 */
export function taken(state, answer, now) {
  if (!state.me) return;
  const there = new Map(answer.sessions.map((session) => [session.id, session]));
  const missing = state.sessions?.some((session) => !there.has(session.id));
  state.stale = !answer.ready || Boolean(missing && now - state.link.since < SETTLING);
  if (state.stale && state.sessions !== null) return;
  state.sessions = answer.sessions;
  for (const name of Object.keys(state.rooms)) {
    // The one that one is in is closed by the server, which tells.
    if (name === LOBBY || name === state.room) continue;
    if (there.get(name)?.uid !== state.uids[name]) delete state.rooms[name];
  }
  state.uids = Object.fromEntries(answer.sessions.map(({ id, uid }) => [id, uid]));
  const live = new Set(answer.sessions.map(({ uid }) => uid));
  state.rosters = Object.fromEntries(
    Object.entries(state.rosters).filter(([uid]) => live.has(uid)),
  );
}
