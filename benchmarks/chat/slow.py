"""Clients that read nothing any more: memory, and what the others notice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.chat.load import Load, Talk
from benchmarks.chat.servers import Server
from benchmarks.chat.sides import NODE, OURS, against, sides
from benchmarks.report import Row, show

CLIENTS, DEAF = 200, 20
RATE, SIZE = 90.0, 5000
"""Messages a second under the default limits, as long as they may be."""
BEFORE = 4.0
"""Seconds of the same without slow readers, for comparison."""
ALLOWED = 7.5e6
"""Bytes for each of those: the megabyte that may wait, and 5 s of all that is said meanwhile."""
LATER = 1.5
"""The others' p99 by the one without them."""
LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Seen:
    """One server: the most memory it took beyond what it had, and the rest of it in the end.

    Sizes are in bytes; `before` and `talk` are what the others got.
    """

    grown: int
    left: int
    before: Talk
    talk: Talk
    cut: int

    def __str__(self) -> str:
        grown = f"+{self.grown / 1e6:.0f} MB, then +{self.left / 1e6:.0f}; {self.cut} cut off"
        return f"{grown}; others p99 {show(self.talk.p99)} (before {show(self.before.p99)})"


def measure(bench: Bench) -> Iterator[Row]:
    """Write to all, while some read nothing."""
    messages = int(RATE * bench.sizes.chat_slow_window)
    with sides(bench, CLIENTS) as found:
        seen = {side.name: _slowed(side.server, side.load, messages) for side in found}
    mine, theirs = seen[OURS], seen.get(NODE)
    steady = mine.talk.p99 <= LATER * mine.before.p99
    yield Row(
        f"{DEAF} of {CLIENTS} read nothing, {RATE:g} messages/s of {SIZE}",
        bench.name,
        f"{mine}; {mine.talk.lost} lost",
        f"<= +{DEAF * ALLOWED / 1e6:g} MB, all cut off; p99 <= {LATER:g} x before",
        mine.grown <= DEAF * ALLOWED and mine.cut == DEAF and steady and not mine.talk.lost,
        against(theirs),
        None if theirs is None else mine.talk.p99 / theirs.talk.p99,
    )


def _slowed(server: Server, load: Load, messages: int) -> Seen:
    before = load.pace(int(RATE * BEFORE), RATE, SIZE)
    load.ask(f"deafen {DEAF}")
    first, most, over = server.memory(), [0], threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY):
            most[0] = max(most[0], server.memory() - first)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        talk = load.pace(messages, RATE, SIZE)
    finally:
        over.set()
        looking.join()
    cut = CLIENTS - int(load.ask("count")["most"])
    return Seen(most[0], server.memory() - first, before, talk, cut)
