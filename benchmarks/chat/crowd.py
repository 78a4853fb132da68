"""A thousand clients reconnect in one instant: who hears nothing, who is not counted?"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.chat.load import Load
from benchmarks.chat.servers import Start
from benchmarks.chat.sides import NODE, OURS, starts
from benchmarks.report import Row, median, spread

SIZE = 40
PATIENCE = 20.0


def measure(bench: Bench) -> Iterator[Row]:
    """Let them connect, be cut off, and be back at once, again and again."""
    clients, times = bench.sizes.chat_crowd, bench.sizes.chat_rounds
    seen = {name: _crowd(bench, name, start, clients) for name, start in starts().items()}
    deaf, uncounted, taken = seen[OURS]
    theirs = seen.get(NODE)
    yield Row(
        f"{clients} reconnect in one instant (x {times}): all told the right number",
        bench.name,
        f"{deaf} deaf, {uncounted} uncounted; {spread(taken)}",
        "0 deaf, 0 uncounted",
        not deaf and not uncounted,
        ""
        if theirs is None
        else f"{theirs[0]} deaf, {theirs[1]} uncounted; {spread(theirs[2])} ws",
        None if theirs is None else median(taken) / median(theirs[2]),
    )


def _crowd(bench: Bench, name: str, start: Start, clients: int) -> tuple[int, int, list[float]]:
    """Return how many were deaf and uncounted in all, and how long it took each time."""
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
