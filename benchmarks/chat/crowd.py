"""A thousand clients reconnect in one instant: who hears nothing, who is not counted?"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.chat.load import Load
from benchmarks.chat.servers import Start
from benchmarks.chat.sides import NODE, OURS, against, starts
from benchmarks.report import Row, median, spread

SIZE = 40
PATIENCE = 20.0
Seen = tuple[int, int, list[float]]
"""How many were deaf and uncounted in all, and how long it took each time until all were told."""


def measure(bench: Bench) -> Iterator[Row]:
    """Let them connect, be cut off, and be back at once, again and again."""
    clients, times = bench.sizes.chat_crowd, bench.sizes.chat_rounds
    seen = {name: _crowd(bench, name, start, clients) for name, start in starts().items()}
    deaf, uncounted, taken = seen[OURS]
    theirs = seen.get(NODE)
    yield Row(
        f"{clients} reconnect in one instant (x {times}): all told the right number",
        bench.name,
        _shown(seen[OURS]),
        "0 deaf, 0 uncounted",
        not deaf and not uncounted,
        against(None if theirs is None else _shown(theirs)),
        None if theirs is None else median(taken) / median(theirs[2]),
    )


def _shown(seen: Seen) -> str:
    deaf, uncounted, taken = seen
    return f"{deaf} deaf, {uncounted} uncounted; {spread(taken)}"


def _crowd(bench: Bench, name: str, start: Start, clients: int) -> Seen:
    deaf = uncounted = 0
    taken: list[float] = []
    with start() as server, Load(server.port) as load:
        load.open(clients)
        load.settle(PATIENCE)
        for _ in range(bench.sizes.chat_rounds):
            load.ask(f"drop {clients}")
            opened = load.ask(f"open {clients} {clients}")
            told = load.settle(PATIENCE)
            load.name()
            deaf += load.send(1, 1, SIZE).lost + opened["failed"]
            uncounted += told["wrong"]
            taken.append(told["seconds"])
            bench.say(f"{name}: all connected after {opened['seconds']:.2f} s; {told}")
    return deaf, uncounted, taken
