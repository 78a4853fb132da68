// The same fan-out on node's ws: parsed, built once, sent to each; nothing is checked or stored.
// Who is here is told as it is by the server measured: gathered for 30 ms, no faster than 50 MB/s.

import { WebSocketServer } from "ws";

const GATHERED = 30;
const LONGEST = 1000;
const PER_MS = 50e3;

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: 0,
  backlog: 4096,
  perMessageDeflate: false,
  maxPayload: 65536,
});
const names = new Map();
let number = 0;
let drawn = 0;
let toldAt = 0;
let cost = 0;
let due = null;

function toAll(frame) {
  const data = Buffer.from(JSON.stringify(frame));
  for (const client of server.clients) {
    if (client.readyState === 1) client.send(data, { binary: false });
  }
  return data.length * server.clients.size;
}

function tell() {
  due = null;
  toldAt = Date.now();
  const users = [...names.values()];
  cost = toAll({ type: "userCount", count: users.length, users });
}

function changed() {
  const pace = toldAt + Math.min(LONGEST, cost / PER_MS) - Date.now();
  due ??= setTimeout(tell, Math.max(GATHERED, pace));
}

function post(pseudo, text) {
  const at = new Date().toISOString();
  const id = ++number;
  return { id, username: pseudo, pseudo, text, message: text, createdAt: at, created_at: at };
}

function received(client, frame) {
  if (frame.type === "message") {
    toAll({ type: "message:new", data: post(names.get(client), frame.text.trim()) });
  } else if (frame.type === "setPseudo") {
    names.set(client, frame.pseudo);
    client.send(JSON.stringify({ type: "success", message: "Pseudo updated" }));
    changed();
  }
}

server.on("connection", (client) => {
  const username = `anon_${(++drawn).toString(16).padStart(8, "0")}`;
  names.set(client, username);
  const timestamp = new Date().toISOString();
  const hello = { type: "connected", userId: username, username, timestamp };
  client.send(JSON.stringify({ ...hello, connectedUsers: names.size }));
  client.on("message", (data) => received(client, JSON.parse(data)));
  client.on("error", () => {});
  client.on("close", () => {
    names.delete(client);
    changed();
  });
  changed();
});
server.on("listening", () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.on("end", () => process.exit(0)).resume();
