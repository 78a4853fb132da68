"""Fifty clients come and go: is the number that others are told ever wrong for long?"""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.chat.load import Load
from benchmarks.chat.servers import Start
from benchmarks.chat.sides import NODE, OURS, against, starts
from benchmarks.report import Row, show

WATCHING, CLIENTS = 3, 50
LIFE = 1.0
"""Seconds between what one client does and what it does next, on average."""
KILLED = 0.4
CHURN, QUIET = 1.0, 0.5
LONGEST = 0.1


def measure(bench: Bench) -> Iterator[Row]:
    """Look at each point, and at all times between them."""
    points = {OURS: bench.sizes.chat_points, NODE: max(1, bench.sizes.chat_points // 5)}
    seen = {name: _churned(bench, name, start, points[name]) for name, start in starts().items()}
    (wrong, longest), theirs = seen[OURS], seen.get(NODE)
    yield Row(
        f"{CLIENTS} churn for 1 s, {KILLED:.0%} killed; 0.5 s later: told a wrong number",
        bench.name,
        f"{wrong} of {points[OURS]}",
        f"0 of {points[OURS]}",
        not wrong,
        against(None if theirs is None else f"{theirs[0]} of {points[NODE]}"),
    )
    yield Row(
        "longest stretch of a wrong number meanwhile",
        bench.name,
        show(longest),
        f"<= {show(LONGEST)}",
        longest <= LONGEST,
        against(None if theirs is None else show(theirs[1])),
        None if theirs is None else longest / theirs[1],
    )


def _churned(bench: Bench, name: str, start: Start, points: int) -> tuple[int, float]:
    """Return at how many points somebody knew a wrong number, and the longest stretch."""
    wrong = 0
    with start() as server, Load(server.port) as load:
        load.open(WATCHING)
        load.settle()
        for _ in range(points):
            churned = load.ask(f"churn {CHURN} {CLIENTS} {LIFE} {KILLED}")
            time.sleep(QUIET)
            wrong += bool(load.ask("count")["wrong"])
        share = churned["wrong"] / (points * (CHURN + QUIET))
        bench.say(f"{name}: {churned}; wrong for {share:.0%} of the time")
        return wrong, float(churned["longest"])
