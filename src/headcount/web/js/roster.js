// Who came to a session and who left, as this window has seen it.
//
// A roster holds `lanes`, one for each client and name that has been seen, each with stretches of
// being here or away, and `events`, one for each change, with the session's count after it. Times
// are milliseconds. A member that was there before one looked began when the session says it joined.

const EVENTS_KEPT = 5000;

/** Return the roster after looking at a session once more; the same one where nothing changed. */
export function observe(roster, session, now) {
  const known = roster ?? { began: Date.parse(session.createdAt) || now, lanes: {}, events: [] };
  const found = [];
  const lanes = { ...known.lanes };
  const present = new Set(session.members.map(keyOf));
  for (const member of session.members) {
    const key = keyOf(member);
    const lane = lanes[key];
    const last = lane?.stretches.at(-1);
    const open = last && last.to === null;
    if (open && last.kind === kindOf(member) && lane.role === member.role) continue;
    const seen = !lane && !roster;
    const at = seen ? Math.min(Date.parse(member.joinedAt) || now, now) : now;
    if (!open) found.push(event(at, "joined", member));
    else if (last.kind !== kindOf(member)) {
      found.push(event(now, member.status === "away" ? "away" : "back", member));
    }
    if (member.role && lane?.role !== member.role) found.push(event(at, "role", member));
    lanes[key] = {
      key,
      id: member.id,
      name: member.name,
      role: member.role,
      stretches: continued(lane?.stretches ?? [], kindOf(member), at),
    };
    if (seen && member.status === "away") found.push(event(now, "away", member));
  }
  for (const lane of Object.values(known.lanes)) {
    if (present.has(lane.key) || lane.stretches.at(-1).to !== null) continue;
    found.push(event(now, "left", lane));
    lanes[lane.key] = { ...lane, stretches: ended(lane.stretches, now) };
  }
  if (roster && !found.length) return roster;
  found.sort((one, other) => one.at - other.at);
  return { began: known.began, lanes, events: counted(known.events, found).slice(-EVENTS_KEPT) };
}

/** Return the steps of the count: `{at, count}`, oldest first. */
export function steps(roster) {
  return roster.events.map(({ at, count }) => ({ at, count }));
}

/** Tell which way each kind of event moves the count. */
const MOVES = { joined: 1, back: 1, away: -1, left: -1, role: 0 };

/** Return events with the count after each: how many are here, of all that happened until then. */
function counted(before, found) {
  const here = new Set();
  for (const each of before) follow(here, each);
  return [
    ...before,
    ...found.map((each) => {
      follow(here, each);
      return { ...each, count: here.size };
    }),
  ];
}

function follow(here, { what, key }) {
  if (MOVES[what] > 0) here.add(key);
  else if (MOVES[what] < 0) here.delete(key);
}

function event(at, what, member) {
  const { id, name, role } = member;
  return { at, what, key: keyOf(member), id, name, role: role ?? null };
}

/** A client id may come again under another name: a seat that is taken over after a crash. */
function keyOf({ id, name }) {
  return `${id} ${name}`;
}

function kindOf(member) {
  return member.status === "away" ? "away" : "here";
}

function continued(stretches, kind, at) {
  const last = stretches.at(-1);
  if (last && last.to === null && last.kind === kind) return stretches;
  return [...ended(stretches, at), { kind, from: at, to: null }];
}

function ended(stretches, at) {
  const last = stretches.at(-1);
  if (!last || last.to !== null) return stretches;
  return [...stretches.slice(0, -1), { ...last, to: at }];
}
