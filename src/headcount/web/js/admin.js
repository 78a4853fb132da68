// What an admin looks at, read again while it is looked at; and what an admin does.

import { Refused } from "./api.js";

const EVERY = 2000;
const KEPT = 60;

export class Admin {
  #store;
  #api;
  #timer = null;
  #acting = new Set();

  constructor(store, api) {
    this.#store = store;
    this.#api = api;
    store.watch((state) => {
      const wanted = state.route.name === "admin" && state.me?.role === "admin";
      if (wanted && this.#timer === null) this.#read();
      else if (!wanted) this.#stop();
    });
  }

  /** Start or close a session that is hosted here, or take a seat; what is under way not again. */
  async act(id, action, body = {}) {
    const asked = JSON.stringify([id, action, body]);
    if (this.#acting.has(asked)) return;
    this.#acting.add(asked);
    try {
      await this.#api.act(id, action, body);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#store.change((state) => {
        state.notice = { code: error.code, message: error.message, kind: "problem" };
      });
    } finally {
      this.#acting.delete(asked);
    }
  }

  /** Have the server host a session; throws what it refuses. */
  async create(wish) {
    await this.#api.create(wish);
    this.#store.change((state) => {
      state.notice = { code: "SESSION_CREATED", kind: "good" };
    });
  }

  async #read() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), EVERY);
    try {
      const [people, figures] = await Promise.all([this.#api.people(), this.#api.figures()]);
      this.#store.change((state) => {
        const rates = [...(state.admin?.rates ?? []), figures.messagesPerMinute].slice(-KEPT);
        const connections = [...people.connectedUsers, ...people.anonymousConnections];
        state.admin = { connections, figures, rates, failed: false };
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#store.change((state) => {
        state.admin = {
          ...(state.admin ?? { connections: [], figures: null, rates: [] }),
          failed: true,
        };
      });
    }
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }
}
