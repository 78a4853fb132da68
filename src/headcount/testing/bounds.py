"""How long a display may be wrong, per cause: the table that the simulation asserts.

Every row counts from the moment named in it, on links that deliver within `SLOW` seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from headcount.core.state import Timers
from headcount.core.successor import STAGGER

SLOW = 0.1
"""Seconds allowed for a request, its state and everybody's reading of it."""
RECONNECT = 1.3
"""Seconds within which a client has tried again: 0.3 at first, then at most 1."""
LISTENS = 1.5
PROBES = 3.0
SWEEP = 75.0


@dataclass(frozen=True, slots=True)
class Row:
    """One cause, the time from which it counts, and its bound."""

    cause: str
    counts_from: str
    formula: str
    bound: Callable[[Timers, int], float]
    """Seconds, from the session's timers and the number of its members."""


def takeover(members: int) -> float:
    """Return how long it takes at most until somebody's claim stands, in seconds."""
    return (3 + math.log2(max(2, members))) * STAGGER + 3 * SLOW


BOUNDS = (
    Row("a member leaves", "leaving", "0.1 s", lambda t, n: SLOW),
    Row("a member crashes", "its will", "0.1 s", lambda t, n: SLOW),
    Row(
        "a member falls silent",
        "its last word",
        "lease + 0.2 s",
        lambda t, n: t.lease + 2 * SLOW,
    ),
    Row(
        "a member cut off is back",
        "its network's return",
        "reconnect 1.3 s + 0.2 s",
        lambda t, n: RECONNECT + 2 * SLOW,
    ),
    Row(
        "the host crashes in the lobby",
        "its will",
        "grace + (3 + log2 n) x 0.3 s + 0.4 s",
        lambda t, n: t.grace_lobby + takeover(n) + SLOW,
    ),
    Row(
        "the host crashes once started",
        "its last heartbeat",
        "lease + (3 + log2 n) x 0.3 s + 0.4 s",
        lambda t, n: t.lease + takeover(n) + SLOW,
    ),
    Row(
        "the host falls silent",
        "its last heartbeat",
        "lease + (3 + log2 n) x 0.3 s + 0.4 s",
        lambda t, n: t.lease + takeover(n) + SLOW,
    ),
    Row(
        "the broker is away for up to 3 s",
        "its return",
        "reconnect 1.3 s + listening 1.5 s + 0.5 s",
        lambda t, n: RECONNECT + LISTENS + 5 * SLOW,
    ),
    Row(
        "the broker is away for longer",
        "its return",
        "lease + 3 s",
        lambda t, n: t.lease + PROBES,
    ),
    Row(
        "everybody is killed",
        "the next participant's arrival",
        "75 s until nothing is retained",
        lambda t, n: SWEEP,
    ),
)
