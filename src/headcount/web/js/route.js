// Where in the page one is, as its address says after the #.

/** Return the route of an address: the lobby, a session, or the administration. */
export function parse(hash) {
  const [, name, id] = hash.replace(/^#/, "").split("/");
  if (name === "admin") return { name: "admin", id: null };
  if (name === "session" && id) {
    try {
      return { name: "session", id: decodeURIComponent(id) };
    } catch {
      return { name: "lobby", id: null };
    }
  }
  return { name: "lobby", id: null };
}
