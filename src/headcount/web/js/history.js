// The history of the session that is looked at: read from the server whenever it has grown.

import { Refused } from "./api.js";
import { known, merged } from "./roster.js";
import { dictionary, shownSession } from "./store.js";

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
    const { me, rosters } = this.#store.state;
    const session = me?.admitted ? shownSession(this.#store.state) : undefined;
    return session && known(rosters[session.uid]) < session.changes ? session : null;
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
    const after = Math.max(0, known(this.#store.state.rosters[uid]));
    const answer = await this.#api.roster(id, after);
    this.#store.change((state) => {
      const before = after ? state.rosters[uid] : undefined;
      // Outdated meanwhile: what follows on it is not all there is.
      if (after && known(before) !== after) return;
      const rosters = Object.entries(state.rosters);
      state.rosters = dictionary([...rosters, [answer.uid, merged(before, answer)]]);
    });
  }
}
