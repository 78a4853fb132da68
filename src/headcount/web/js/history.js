// The history of the session that is looked at: read from the server whenever it has grown.

import { Refused } from "./api.js";
import { merged } from "./roster.js";

const GATHERED = 150;
const AGAIN = 3000;

export class History {
  #store;
  #api;
  #waiting = null;

  constructor(store, api) {
    this.#store = store;
    this.#api = api;
    store.watch(() => {
      if (this.#waiting === null && this.#wanted()) this.#soon(GATHERED * Math.random());
    });
  }

  /** Return the session whose history is shown, if the server has more of it. */
  #wanted() {
    const { me, route, sessions, rosters } = this.#store.state;
    if (!me?.admitted || route.name !== "session") return null;
    const session = sessions?.find((each) => each.id === route.id);
    return session && (rosters[session.uid]?.last ?? -1) < session.changes ? session : null;
  }

  #soon(wait) {
    this.#waiting = setTimeout(() => this.#read(), wait);
  }

  async #read() {
    const session = this.#wanted();
    let pause = GATHERED;
    try {
      if (session) await this.#take(session);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      pause = AGAIN;
    } finally {
      this.#waiting = null;
    }
    if (this.#wanted()) this.#soon(pause);
  }

  async #take({ id, uid }) {
    const known = this.#store.state.rosters[uid];
    const answer = await this.#api.roster(id, known?.last ?? 0);
    this.#store.change((state) => {
      state.rosters = { ...state.rosters, [answer.uid]: merged(known, answer) };
    });
  }
}
