// How many seconds are left until a session starts, counted here as every display does.
//
// What is told is for how long the session counts down, not since when: only who has seen the
// countdown begin shows a number. It is better to show none than a wrong one.

import { dictionary } from "./store.js";

/** Note which countdowns begin and end with what the server tells, at `now` (milliseconds). */
export function counted(state, frame, now) {
  if (frame.more) state.starts = dictionary();
  if (!state.watched || state.sessions === null) return;
  const before = new Map(state.sessions.map(({ uid, state: phase }) => [uid, phase]));
  for (const { uid, state: phase, countdown } of frame.sessions) {
    if (phase !== "starting") delete state.starts[uid];
    else if (countdown && before.has(uid) && before.get(uid) !== "starting")
      state.starts[uid] = now + countdown * 1000;
  }
}

/** Note that countdowns may have begun and ended since the sessions were known. */
export function unwatched(state) {
  state.watched = false;
  state.starts = dictionary();
}

/** Return the whole seconds until a session starts, at least 1; null where that is not known. */
export function secondsLeft(starts, session, now) {
  const left = session.state === "starting" ? Math.ceil((starts[session.uid] - now) / 1000) : 0;
  return left >= 1 ? left : null;
}

/** Have every second of a countdown drawn. */
export function ticking(store) {
  let timer = null;
  store.watch(({ starts }) => {
    clearTimeout(timer);
    const now = performance.now();
    const waits = Object.values(starts).map((due) => due - now);
    const next = Math.min(...waits.filter((wait) => wait > 0).map((wait) => wait % 1000 || 1000));
    if (Number.isFinite(next)) timer = setTimeout(() => store.change(() => {}), next + 1);
  });
}
