// The live sessions: the list that is read, and the changes that are told between two readings.

import { counted } from "./countdown.js";
import { LOBBY, dictionary } from "./store.js";

const SETTLING = 4000;

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
  replaced(state, answer.sessions);
  state.watched = state.link.status === "up";
}

/**
 * Take over what the server has told without being asked: sessions that are new or otherwise,
 * and the ids of those that are no more. What is read meanwhile may be older: `missed` keeps it.
 */
export function pushed(state, frame) {
  if (frame.more) state.unread += 1;
  state.missed?.push(frame);
  counted(state, frame, performance.now());
  takeOver(state, frame);
}

function takeOver(state, frame) {
  if (!state.me || state.sessions === null) return;
  const there = new Map(state.sessions.map((session) => [session.id, session]));
  for (const id of frame.gone) there.delete(id);
  for (const session of frame.sessions) there.set(session.id, session);
  const sessions = [...there.values()].sort(older);
  if (sessions.some((each) => !each.ready)) state.stale = true;
  replaced(state, sessions);
}

/** Note that the list is being read: what is told meanwhile is told again afterwards. */
export function reading(state) {
  state.missed = [];
}

/** Note that it has been read, or could not be. */
export function read(state) {
  const missed = state.missed ?? [];
  state.missed = null;
  for (const frame of missed) {
    if (frame.more) state.unread += 1;
    takeOver(state, frame);
  }
}

/** As the server sorts them. */
function older(one, other) {
  const times = [one.createdAt, other.createdAt];
  const [first, second] = times[0] === times[1] ? [one.id, other.id] : times;
  return first < second ? -1 : first > second ? 1 : 0;
}

function replaced(state, sessions) {
  const there = new Map(sessions.map((session) => [session.id, session]));
  state.sessions = sessions;
  for (const name of Object.keys(state.rooms)) {
    // The one that one is in is closed by the server, which tells.
    if (name === LOBBY || name === state.room) continue;
    if (there.get(name)?.uid !== state.uids[name]) delete state.rooms[name];
  }
  state.uids = dictionary(sessions.map(({ id, uid }) => [id, uid]));
  const live = new Set(sessions.map(({ uid }) => uid));
  state.rosters = dictionary(Object.entries(state.rosters).filter(([uid]) => live.has(uid)));
}
