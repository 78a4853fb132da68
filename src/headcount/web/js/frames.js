// What the server's frames change in the state. Nothing here sends, waits or draws.

import { pushed } from "./live.js";
import { LOBBY, nobody, roomOf } from "./store.js";

const WRITING = 6000;

const CHANGES = {
  presence(state, frame) {
    const room = frame.room ?? LOBBY;
    const known = state.presence.room === room && state.presence.count !== null;
    if (!frame.whole && !known) return; // a difference to what was never told
    const people = frame.whole ? new Map() : new Map(state.presence.people);
    for (const id of frame.left) people.delete(id);
    for (const { id, name } of frame.joined) people.set(id, name);
    state.presence = { room, count: frame.count, users: [...people.values()], people };
  },
  sessions: pushed,
  joined(state, frame) {
    state.room = frame.room;
    state.typing = {};
    if (state.presence.room !== frame.room) {
      state.presence = nobody(frame.room);
    }
  },
  "message:new"(state, { data }) {
    take(state, data.room ?? LOBBY, [posted(data)]);
    for (const [id, who] of Object.entries(state.typing)) {
      if (who.name === data.pseudo) delete state.typing[id];
    }
  },
  "message:ack"(state, frame) {
    const room = roomOf(state, frame.room);
    const own = room.pending.find((each) => each.ref === frame.ref);
    room.mine.add(frame.id);
    room.version += 1;
    if (!own) return;
    own.state = "sent";
    own.id = frame.id;
    settle(room);
  },
  "message:deleted"(state, frame) {
    const room = roomOf(state, frame.room ?? LOBBY);
    room.messages.delete(frame.id);
    room.gone.add(frame.id);
    for (const { reply } of room.messages.values()) {
      if (reply?.id === frame.id) Object.assign(reply, { author: "", text: "" });
    }
    room.version += 1;
  },
  chatCleared(state, frame) {
    const room = roomOf(state, frame.room ?? LOBBY);
    room.messages.clear();
    room.cleared += 1;
    room.more = false;
    room.version += 1;
  },
  resumed(state, frame) {
    take(state, frame.room, frame.messages.map(posted));
  },
  "typing:indicator"(state, { data }) {
    if (data.isTyping)
      state.typing[data.userId] = { name: data.username, until: Date.now() + WRITING };
    else delete state.typing[data.userId];
  },
  error(state, frame) {
    if (!frame.ref) return;
    for (const room of Object.values(state.rooms)) {
      const own = room.pending.find((each) => each.ref === frame.ref);
      if (own && own.state !== "sent") fail(room, own, frame.code ?? null, frame.message);
    }
  },
};

/** Change the state as a frame says; frames of other types change nothing. */
export function receive(state, frame) {
  if (Object.hasOwn(CHANGES, frame.type)) CHANGES[frame.type](state, frame);
}

/** Take messages into a room: each once, whatever way it came, in the order of their numbers. */
export function take(state, name, messages) {
  const room = roomOf(state, name);
  let sort = false;
  for (const message of messages) {
    if (room.messages.has(message.id) || room.gone.has(message.id)) continue;
    sort ||= message.id < room.newest;
    room.messages.set(message.id, message);
    room.newest = Math.max(room.newest, message.id);
    foretell(state, room, message);
  }
  if (sort) room.messages = new Map([...room.messages].sort(([one], [other]) => one - other));
  settle(room);
  room.version += 1;
}

/** Forget what a page of the newest messages should hold and does not: it was deleted meanwhile. */
export function compared(room, { messages, last, more }) {
  const there = new Set(messages.map((each) => each.id));
  const from = more ? Math.min(...there) : 0;
  for (const id of [...room.messages.keys()]) {
    if (id >= from && id <= (last ?? 0) && !there.has(id)) room.messages.delete(id);
  }
  room.version += 1;
}

/** Forget a room's oldest messages, but for some; they can be read again. */
export function trim(room, kept) {
  const spare = room.messages.size - kept;
  if (spare <= 0) return;
  for (const id of [...room.messages.keys()].slice(0, spare)) room.messages.delete(id);
  room.more = true;
  room.version += 1;
}

/** Note that an own message has not been stored, as far as is known, and why. */
export function fail(room, own, code, message = "") {
  own.state = "failed";
  own.echo = null;
  own.error = { code, message };
  room.version += 1;
}

/** What was under way when the connection broke: an account's is sent again, as the same one. */
export function interrupted(room, me) {
  for (const own of room.pending) {
    if (own.state !== "sending") continue;
    own.echo = null;
    if (own.sent && me?.kind !== "account") fail(room, own, "UNANSWERED");
    own.sent = false;
  }
  room.version += 1;
}

/** Return a message as it is kept here, from either of the forms in which it travels. */
export function posted(data) {
  return {
    id: data.id,
    author: data.pseudo ?? data.username,
    text: data.message ?? data.text,
    at: data.created_at ?? data.createdAt,
    reply: data.replyTo
      ? { id: data.replyTo, author: data.replyToPseudo ?? "", text: data.replyToText ?? "" }
      : null,
  };
}

/** Own messages come back before their acknowledgement: do not show them beside it meanwhile. */
function foretell(state, room, message) {
  if (message.author !== state.me?.name) return;
  const own = room.pending.find(
    (each) => each.state === "sending" && !each.echo && each.text === message.text,
  );
  if (own) own.echo = message.id;
}

/** Forget own messages that stand in the room by now. */
function settle(room) {
  room.pending = room.pending.filter((own) => !(own.id && own.id <= room.newest));
}
