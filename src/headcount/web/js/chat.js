// What the window says to the server, and when: who one is, which room, what was missed, messages.

import { Refused } from "./api.js";
import { unwatched } from "./countdown.js";
import { spoken } from "./errors.js";
import { compared, fail, interrupted, posted, receive, take, trim } from "./frames.js";
import { outdated } from "./roster.js";
import { Socket } from "./socket.js";
import { LOBBY, nobody, roomOf, shownRoom } from "./store.js";

const PAGE = 50;
/** Messages of a room, and how many stay when they become more. */
const MOST = 800;
const KEPT = 400;
const AGAIN = 2500;
const UNANSWERED = 12_000;
const ROOM_TRIES = 10;
const SPREAD = 3000;
/** Errors after which a guest has to choose another name, or is not wanted at all. */
const NAMELESS = new Set(["NAME_TAKEN", "NAME_LOST", "BAD_NAME", "AUTH_REQUIRED"]);

export class Chat {
  #store;
  #api;
  #socket;
  #welcome = false;
  #greeting = null;
  #tries = 0;
  #typed = 0;

  /** `ended(code)` is called when one's login or name is not accepted any more. */
  constructor(store, api, url, ended) {
    this.#store = store;
    this.#api = api;
    this.ended = ended;
    this.#socket = new Socket(url, {
      opening: () => this.#link("connecting"),
      received: (frame) => this.#received(frame),
      closed: (why) => this.#closed(why),
      waiting: (at) => this.#link("waiting", at),
    });
  }

  /** Note that somebody looks at the window. */
  seen() {
    this.#change((state) => {
      state.unseen = 0;
    });
  }

  get #state() {
    return this.#store.state;
  }

  /** Connect as who one is. */
  open() {
    this.#socket.open();
  }

  close() {
    this.#socket.close();
    this.#link("off");
  }

  /** Have the displays look at the clock again. */
  tick() {
    this.#change(() => {});
  }

  // --- what one does ---------------------------------------------------------------------------

  /** Go to the room that the route shows. */
  go() {
    this.#tries = 0;
    if (this.#welcome) this.#enter();
  }

  /** Say something in the room that is shown. */
  say(text, reply = null) {
    const room = shownRoom(this.#state);
    const own = { ref: mark(), text, reply, at: new Date().toISOString(), state: "sending" };
    this.#change((state) => {
      roomOf(state, room).pending.push(own);
      roomOf(state, room).version += 1;
    });
    this.#transmitAll(room);
    this.typing(false);
  }

  /** Send again what has failed; the same mark makes sure that it is stored once. */
  retry(name, ref) {
    const room = roomOf(this.#state, name);
    const own = room.pending.find((each) => each.ref === ref);
    if (!own) return;
    this.#change(() => {
      own.state = "sending";
      own.error = null;
      room.version += 1;
    });
    this.#transmit(name, own);
  }

  discard(name, ref) {
    this.#change((state) => {
      const room = roomOf(state, name);
      room.pending = room.pending.filter((own) => own.ref !== ref);
      room.version += 1;
    });
  }

  /** Delete a message of the room one is in; for admins. */
  remove(id) {
    this.#socket.send({ type: "message:delete", id });
  }

  /** Clear the room one is in; for admins. */
  clear() {
    this.#socket.send({ type: "clearChat" });
  }

  /** Tell the others that one writes, not at every key. */
  typing(isTyping) {
    const now = Date.now();
    if (!this.#welcome || (isTyping ? now - this.#typed < 3000 : this.#typed === 0)) return;
    this.#typed = isTyping ? now : 0;
    this.#socket.send({ type: "typing", isTyping });
  }

  /** Read what was said before the oldest message that is shown. */
  async older(name) {
    const room = roomOf(this.#state, name);
    if (room.loading || !room.ready || room.more === false) return;
    const [before = null] = room.messages.keys();
    await this.#read(name, before);
  }

  /** Forget what was said long ago in a room whose newest messages are looked at. */
  trim(name) {
    const room = roomOf(this.#state, name);
    if (room.messages.size > MOST) this.#change(() => trim(room, KEPT));
  }

  // --- what happens ----------------------------------------------------------------------------

  #received(frame) {
    this.#change((state) => receive(state, frame));
    if (frame.type === "message:new") this.#unseen(frame.data.pseudo);
    if (frame.type === "connected") this.#connected();
    else if (frame.type === "auth:ack") this.#welcomed();
    else if (frame.type === "success" && this.#state.me?.kind === "guest") this.#welcomed();
    else if (frame.type === "joined") this.#joined(frame);
    else if (frame.type === "resumed") this.#resumed(frame);
    else if (frame.type === "restarting") this.#socket.advised(frame.retryAfter);
    else if (frame.type === "error" && !frame.ref) this.#refused(frame);
  }

  #unseen(author) {
    if (author === this.#state.me?.name) return;
    this.#change((state) => {
      if (document.visibilityState !== "visible") state.unseen += 1;
      if (state.pane !== "chat") state.unheard += 1;
    });
  }

  #connected() {
    this.#welcome = false;
    this.#change((state) => {
      state.room = LOBBY;
      state.presence = nobody(LOBBY);
      outdated(state);
      unwatched(state);
    });
    // Tell what changes, of people and of sessions, instead of whole lists of people.
    this.#socket.send({ type: "presence", diff: true });
    this.#greet();
  }

  /** Say who one is, again until that is answered. */
  #greet() {
    clearTimeout(this.#greeting);
    const { me } = this.#state;
    if (!me || this.#welcome) return;
    if (me.kind === "account") this.#socket.send({ type: "auth", token: this.#api.token });
    else this.#socket.send({ type: "setPseudo", pseudo: me.name });
    this.#greeting = setTimeout(() => this.#greet(), AGAIN);
  }

  #welcomed() {
    clearTimeout(this.#greeting);
    if (this.#welcome) return;
    this.#welcome = true;
    this.#tries = 0;
    this.#socket.welcomed();
    this.#link("up");
    this.#change((state) => {
      state.me.admitted = true;
    });
    this.#enter();
  }

  #closed(why) {
    this.#welcome = false;
    clearTimeout(this.#greeting);
    this.#change((state) => {
      state.presence = nobody(state.presence.room);
      state.typing = {};
      for (const room of Object.values(state.rooms)) interrupted(room, state.me);
    });
    if (why === "out") this.ended("LOGGED_OUT");
    else if (why !== "lost") this.#link(why === "closed" ? "off" : why);
  }

  #refused(frame) {
    const code = frame.code ?? spoken(frame.message);
    const { me } = this.#state;
    if (code === "ALREADY_LOGGED_IN" || code === "SESSION_REPLACED") return; // its close tells
    if (code === "ROOM_UNKNOWN") this.#unknown();
    else if (me?.kind === "account" && code === "TOKEN_INVALID") this.ended(code);
    else if (me?.kind === "guest" && NAMELESS.has(code)) this.ended(code);
    else if (code !== "UNAVAILABLE" || this.#welcome) this.#notice(code, frame.message);
  }

  // --- rooms -----------------------------------------------------------------------------------

  #enter() {
    const room = shownRoom(this.#state);
    if (this.#state.room === room) this.#catchUp(room);
    else this.#socket.send({ type: "join", room });
  }

  #joined(frame) {
    if (frame.closed) this.#change((state) => delete state.rooms[frame.closed]);
    if (frame.closed && frame.closed === this.#state.route.id) {
      this.#notice("SESSION_ENDED", "", "news");
      location.hash = "#/";
    }
    if (frame.room === shownRoom(this.#state)) this.#catchUp(frame.room);
  }

  /** A server that has just started does not know its sessions yet: ask some times. */
  #unknown() {
    const { route, sessions, stale } = this.#state;
    const wanted = route.id;
    const listed = stale || !sessions || sessions.some((each) => each.id === wanted);
    this.#tries += listed ? 1 : 3;
    if (this.#tries <= ROOM_TRIES) {
      setTimeout(() => {
        if (this.#welcome && this.#state.route.id === wanted) this.#enter();
      }, 1000);
    } else if (wanted) {
      this.#notice("ROOM_UNKNOWN", "", "news");
      location.hash = "#/";
    }
  }

  /** Get what is missing of a room, then send what could not be sent. */
  async #catchUp(name) {
    const room = roomOf(this.#state, name);
    room.known = room.ready;
    if (room.known || (await this.#read(name))) {
      this.#socket.send({ type: "resume", after: room.newest });
    }
    this.#transmitAll(name);
  }

  #resumed(frame) {
    const room = roomOf(this.#state, frame.room);
    if (frame.recovered) {
      // What came is told, what was deleted is not; all who come back do not ask at once.
      if (room.known) setTimeout(() => this.#compare(frame.room), SPREAD * Math.random());
      return;
    }
    if (Date.now() - room.read < 2000) return;
    this.#change(() => {
      room.ready = false;
      room.newest = 0;
      room.messages.clear();
      room.gone.clear();
      room.version += 1;
    });
    this.#read(frame.room);
  }

  /** Forget what was deleted while one was not connected. */
  async #compare(name) {
    const room = this.#state.rooms[name];
    if (!room || room.loading || this.#state.room !== name) return;
    try {
      const answer = await this.#page(room, name, null);
      this.#change(() => compared(room, answer));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }

  /** Read a page of the history; return whether that worked. */
  async #read(name, before = null) {
    const room = roomOf(this.#state, name);
    if (room.loading) return false;
    this.#change(() => {
      room.loading = true;
      room.failed = false;
      room.version += 1;
    });
    try {
      const answer = await this.#page(room, name, before);
      this.#change((state) => {
        take(state, name, answer.messages.map(posted));
        room.newest = Math.max(room.newest, answer.last ?? 0);
        room.more = answer.more ?? answer.messages.length === PAGE;
        room.ready = true;
        room.read = Date.now();
      });
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#change(() => {
        room.failed = true;
      });
      return false;
    } finally {
      this.#change(() => {
        room.loading = false;
        room.version += 1;
      });
    }
  }

  /** Return a page of the history; one that was read before the room was cleared is none. */
  async #page(room, name, before) {
    for (;;) {
      const { cleared } = room;
      const answer = await this.#api.messages(name, { before, limit: PAGE });
      if (room.cleared === cleared) return answer;
    }
  }

  // --- own messages ----------------------------------------------------------------------------

  /** Send what could not be sent yet, in the order in which it was said. */
  #transmitAll(name) {
    for (const own of roomOf(this.#state, name).pending) {
      if (own.state === "sending" && !own.sent) this.#transmit(name, own);
    }
  }

  #transmit(name, own) {
    if (!this.#welcome || this.#state.room !== name) return;
    const frame = { type: "message", text: own.text, room: name, ref: own.ref };
    if (own.reply) frame.replyTo = String(own.reply.id);
    own.sent = this.#socket.send(frame);
    const stretch = {};
    own.stretch = stretch;
    setTimeout(() => {
      if (own.stretch !== stretch || own.state !== "sending" || !own.sent) return;
      this.#change((state) => fail(roomOf(state, name), own, "UNANSWERED"));
    }, UNANSWERED);
  }

  // --- the state -------------------------------------------------------------------------------

  #change(edit) {
    this.#store.change(edit);
  }

  #link(status, at = null) {
    this.#change((state) => {
      const lost = status === "waiting" || (status === "connecting" && state.link.lost);
      const since = status === "up" ? Date.now() : state.link.since;
      state.link = { status, at, lost, since };
    });
  }

  #notice(code, message = "", kind = "problem") {
    this.#change((state) => {
      state.notice = { code, message, kind };
    });
  }
}

/** Return a mark for an own message; not `randomUUID`, which plain http does not have. */
function mark() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
