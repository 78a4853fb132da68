// Who came to a session and who left, as the server has recorded it.
//
// A roster holds `events`, one for each change, with the session's count after it, and `lanes`,
// one for each client and name there has been, each with stretches of being here or away. Times
// are milliseconds. All windows show the same: nothing is added to what the server tells.

/** As the number of the last event: nothing that is known counts. */
const UNKNOWN = -1;

/** Return the number after which there may be more events than a roster has. */
export function known(roster) {
  return roster?.last ?? UNKNOWN;
}

/** Return the roster after an answer of the server: what is newer is added, or all of it is new. */
export function merged(roster, answer) {
  const follows = roster?.uid === answer.uid && roster.last + 1 >= answer.first;
  const before = follows ? roster.events.filter((each) => each.number >= answer.first) : [];
  const last = before.at(-1)?.number ?? 0;
  const found = answer.events.filter((each) => each.number > last).map(event);
  const events = [...before, ...found];
  const since = Date.parse(answer.since);
  return { uid: answer.uid, since, last: answer.last, events, lanes: lanesOf(events) };
}

/** Note that the histories may be others by now: a server that was restarted begins them anew. */
export function outdated(state) {
  for (const roster of Object.values(state.rosters)) roster.last = UNKNOWN;
}

/** Return the steps of the count: `{at, count}`, oldest first. */
export function steps(roster) {
  return roster.events.map(({ at, count }) => ({ at, count }));
}

function event({ number, at, event: what, id, name, role, count }) {
  return { number, at: Date.parse(at), what, id, name, role, count };
}

/** What each kind of event makes of a client; null ends its stretch. */
const BECOMES = { joined: "here", back: "here", away: "away", left: null };

function lanesOf(events) {
  const lanes = {};
  for (const { at, what, id, name, role } of events) {
    // A client id may come again under another name: a seat that is taken over after a crash.
    const key = `${id} ${name}`;
    lanes[key] ??= { key, id, name, role: null, stretches: before(what, events[0].at) };
    const lane = lanes[key];
    if (what === "role") lane.role = role;
    else lane.stretches = continued(lane.stretches, BECOMES[what], at);
  }
  return lanes;
}

/** Return what somebody was whose earlier events the server has forgotten. */
function before(what, from) {
  if (what === "joined") return [];
  return [{ kind: what === "back" ? "away" : "here", from, to: null }];
}

function continued(stretches, kind, at) {
  const last = stretches.at(-1);
  const done = last?.to === null ? [...stretches.slice(0, -1), { ...last, to: at }] : stretches;
  return kind === null ? done : [...done, { kind, from: at, to: null }];
}
