// When to try again: at once the first time, then ever later, each window at a time of its own.

const FIRST = 0.3;
const LONGEST = 10;

/**
 * Return seconds to wait before an attempt.
 *
 * `failures` are the attempts that have failed since it last worked, `random` is from 0 to 1.
 */
export function pause(failures, random) {
  if (failures === 0) return FIRST * random;
  const most = Math.min(LONGEST, 0.5 * 2 ** failures);
  return most / 2 + (most / 2) * random;
}
