// Addresses in messages: what can be followed, and what it is shown as.
//
// A link is shown as the address that is opened, in signs that cannot be mistaken for others:
// what was written in another way (other letters, a host in another script) is shown as the
// browser reads it. Hosts behind a name and a password are no links: "https://bank@elsewhere".

/** An address ends at a space, a quote, or a sign that is not seen (bidi controls, joiners). */
const ADDRESS = /(?<![\p{L}\p{N}_])https?:\/\/[^\s\p{C}\p{Z}"<>\\`]+/giu;
const PUNCTUATION = /[.,;:!?'’”»…*_~]$/u;
const BRACKETS = { ")": "(", "]": "[", "}": "{" };
const LONGEST = 2000;

/** Return a text in parts, in order: `{text}`, or `{text, href}` for what can be followed. */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const written = trimmed(found[0]);
    const href = address(written);
    if (!href) continue;
    if (found.index > end) parts.push({ text: text.slice(end, found.index) });
    parts.push({ text: shown(written, href), href });
    end = found.index + written.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** Return an address without what belongs to the sentence that it stands in. */
function trimmed(written) {
  let rest = written;
  for (;;) {
    const last = rest.at(-1);
    const opening = BRACKETS[last];
    const loose = opening && rest.split(opening).length < rest.split(last).length;
    if (!loose && !PUNCTUATION.test(rest)) return rest;
    rest = rest.slice(0, -1);
  }
}

function address(written) {
  if (written.length > LONGEST) return null;
  try {
    const { protocol, username, password, href } = new URL(written);
    return /^https?:$/.test(protocol) && !username && !password ? href : null;
  } catch {
    return null;
  }
}

function shown(written, href) {
  return written === href || `${written}/` === href ? written : href;
}
