// The live sessions: read when one is connected, then told by the server whenever they change.
//
// They are read again now and then, in case something was missed, and every 2 s as long as it is
// known that they are not up to date.

import { Refused } from "./api.js";
import { read, reading, taken } from "./live.js";

const EVERY = 30_000;
const STALE = 2000;

export class Sessions {
  #store;
  #api;
  #timer = null;
  #reading = false;
  #again = false;
  #wait = 0;
  #unread = 0;

  constructor(store, api) {
    this.#store = store;
    this.#api = api;
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.refresh();
    });
    store.watch((state) => {
      const up = state.me?.admitted && state.link.status === "up";
      const news = up && (this.#timer === null || state.unread !== this.#unread);
      this.#unread = state.unread;
      if (news) this.refresh();
      else if (up && this.#timer && state.stale && this.#wait === EVERY) this.#schedule();
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
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#store.change(reading);
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
      this.#store.change(read);
    }
    if (this.#again) this.refresh();
    else if (this.#timer !== null) this.#schedule();
  }

  #schedule() {
    clearTimeout(this.#timer);
    this.#wait = this.#store.state.stale ? STALE : EVERY;
    this.#timer = setTimeout(() => this.refresh(), this.#wait * (0.9 + 0.2 * Math.random()));
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}
