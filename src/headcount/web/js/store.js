// The one state of the window. Views read it; nobody else keeps any of this.

import { soon } from "./dom.js";

export const LOBBY = "lobby";

/** Return the state of a window that has just been opened. */
export function initial(language) {
  return {
    language,
    /** @type {null | {kind: "account" | "guest", name: string, role?: string}} */
    me: null,
    /** Whether one may enter without an account, as far as is known. */
    guests: true,
    route: { name: "lobby", id: null },
    pane: "chat",
    /** The connection: off, connecting, up (`since`), waiting (until `at`), refused, replaced, cut. */
    link: { status: "off", at: null, lost: false, since: 0 },
    /** The room the server has us in, and the count and names it told for that room. */
    room: LOBBY,
    presence: nobody(LOBBY),
    typing: {},
    /** Messages of others that came while nobody looked at the window. */
    unseen: 0,
    /** Those that came to the room while a small screen showed another part of the page. */
    unheard: 0,
    rooms: dictionary(),
    /** The live sessions; null while they are not known. */
    sessions: null,
    /** What was told of them while they were being read; null while they are not. */
    missed: null,
    /** How often one was told that there is too much to tell, so that they must be read. */
    unread: 0,
    /** Whether what is shown of them may be out of date. */
    stale: false,
    /** When sessions that count down start, by uid: a time of `performance.now()`. */
    starts: dictionary(),
    /** Whether every change of the sessions has been told since they were read. */
    watched: false,
    /** Which session a room is of: ids are used again. */
    uids: dictionary(),
    /** Who came and who left in sessions that were looked at, by their uid. */
    rosters: dictionary(),
    admin: null,
    /** What is being written in each room: {text, reply}. */
    drafts: dictionary(),
    /** How one wants to enter, once that was chosen. */
    way: null,
    /** Why one is nobody any more: {kind, code}. */
    left: null,
    /** Something to tell: {text, kind}. */
    notice: null,
  };
}

/** Return an object without a prototype: a session may be called "constructor". */
export function dictionary(entries = []) {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** Show another part of the page, where only one is seen at a time. */
export function turn(state, pane) {
  state.pane = pane;
  if (pane === "chat") state.unheard = 0;
}

/** Return what is known of a room's people before the server has told. */
export function nobody(room) {
  return { room, count: null, users: [], people: new Map() };
}

/** Return a room of the state, made where it is not known yet. */
export function roomOf(state, name) {
  state.rooms[name] ??= {
    messages: new Map(),
    pending: [],
    mine: new Set(),
    /** What was deleted: an answer that was on its way then must not bring it back. */
    gone: new Set(),
    /** How often it was cleared. */
    cleared: 0,
    newest: 0,
    more: null,
    loading: false,
    failed: false,
    ready: false,
    version: 0,
  };
  return state.rooms[name];
}

/** Return the room that the route shows. */
export function shownRoom(state) {
  return state.route.name === "session" ? state.route.id : LOBBY;
}

/** Return the session that the route shows, if it lives; none outside of sessions. */
export function shownSession({ route, sessions }) {
  return route.name === "session" ? sessions?.find((each) => each.id === route.id) : undefined;
}

/** The state, and who is told that it has changed. */
export class Store {
  #listeners = [];
  #tell = soon(() => this.#listeners.forEach((listener) => listener(this.state)));

  constructor(state) {
    this.state = state;
  }

  /** Change the state by a function; views are told soon, once for all changes of one turn. */
  change(edit) {
    edit(this.state);
    this.#tell();
  }

  /** Have a function called with the state after every change. */
  watch(listener) {
    this.#listeners.push(listener);
  }
}
