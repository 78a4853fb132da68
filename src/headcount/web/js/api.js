// The server's HTTP endpoints: each a function that returns what it says, or throws a `Refused`.

import { heard } from "./clock.js";

/** What the server has refused: its status, its code if any, and its words. */
export class Refused extends Error {
  constructor(status, code, message, wait = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.wait = wait;
  }
}

const PATIENCE = 15_000;

export class Api {
  token = null;
  language = "en";

  /** What one may know before one is anybody: whether guests are admitted. */
  settings() {
    return this.#get("api/settings");
  }

  login(username, password) {
    return this.#post("api/auth/login", { username, password });
  }

  register(username, password) {
    return this.#post("api/auth/register", { username, password });
  }

  logout() {
    return this.#post("api/auth/logout", {});
  }

  verify() {
    return this.#get("api/auth/verify");
  }

  changePassword(old, fresh) {
    return this.#post("api/auth/password", { old, new: fresh });
  }

  /** Messages of a room, oldest first: the newest ones, or those before a number. */
  async messages(room, { before = null, limit = 50 } = {}) {
    const query = new URLSearchParams({ room, limit });
    if (before !== null) query.set("before", before);
    const answer = await this.#get(`api/messages?${query}`);
    return { ...answer, messages: [...answer.messages].reverse() };
  }

  sessions() {
    return this.#get("api/sessions");
  }

  /** Have the server host a session: name, min, max, roles, seed, id; for admins. */
  create(wish) {
    return this.#post("api/sessions", wish);
  }

  /** Who came to a session and who left, after the event with a number. */
  roster(id, after = 0) {
    return this.#get(`api/sessions/${encodeURIComponent(id)}/roster?after=${after}`);
  }

  /** Act on a session hosted by this server: close, start or kick; for admins. */
  act(id, action, body = {}) {
    return this.#post(`api/sessions/${encodeURIComponent(id)}/${action}`, body);
  }

  people() {
    return this.#get("api/monitoring/users");
  }

  figures() {
    return this.#get("api/monitoring/stats");
  }

  #get(path) {
    return this.#ask(path, { method: "GET" });
  }

  #post(path, body) {
    return this.#ask(path, { method: "POST", body: JSON.stringify(body) });
  }

  async #ask(path, options) {
    const headers = { "Accept-Language": this.language };
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    let response;
    let answer;
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      response = await fetch(path, { ...options, headers, signal, cache: "no-store" });
      heard(response.headers.get("Date"));
      answer = await response.json();
    } catch {
      throw new Refused(response?.status ?? 0, "UNREACHABLE", "");
    }
    if (response.ok && answer?.success !== false) return answer;
    const wait = Number(response.headers.get("Retry-After")) || null;
    const said = answer?.message ?? answer?.error ?? "";
    throw new Refused(response.status, answer?.code ?? null, String(said), wait);
  }
}
