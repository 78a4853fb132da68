// The live sessions, read again and again: soon after a change one is told of, else every 2 s.

import { Refused } from "./api.js";
import { closed, observe } from "./roster.js";

const EVERY = 2000;
const HIDDEN = 15_000;

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
      const news = up && (this.#timer === null || (presence.room !== "lobby" && presence !== this.#told));
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
      this.#store.change((state) => taken(state, answer));
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

/** Take over the list as the server has told it. */
function taken(state, answer) {
  if (!state.me) return;
  const now = Date.now();
  const uids = new Set();
  for (const session of answer.sessions) {
    uids.add(session.uid);
    const before = state.sessions?.find((each) => each.id === session.id);
    if (before && before.uid !== session.uid) delete state.rooms[session.id];
    state.rosters[session.uid] = observe(state.rosters[session.uid], session, now);
  }
  for (const [uid, roster] of Object.entries(state.rosters)) {
    const live = Object.values(roster.lanes).some((lane) => lane.stretches.at(-1).to === null);
    if (!uids.has(uid) && live && answer.ready) state.rosters[uid] = closed(roster, now);
  }
  state.stale = !answer.ready;
  if (answer.ready || state.sessions === null) state.sessions = answer.sessions;
}
