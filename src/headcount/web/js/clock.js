// The server's time, as far as it is known: clocks of browsers may be hours or years off.

/** What may be between two clocks that are right: the answer's way, and whole seconds. */
const RIGHT = 5000;

let ahead = 0;

/** Note the time that an answer of the server bears, if it does. */
export function heard(date) {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  const found = told - Date.now();
  ahead = Math.abs(found) > RIGHT ? found : 0;
}

/** Return the time now, in milliseconds since 1970. */
export function now() {
  return Date.now() + ahead;
}
