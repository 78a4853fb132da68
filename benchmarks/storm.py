"""Ten, fifty, two hundred join at one moment: who is lost, and when do all agree?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

from tests.cli.instance import Instance

from benchmarks.bench import Bench
from benchmarks.cast import agreed
from benchmarks.child import Child
from benchmarks.report import Row, show, spread

DRIVERS = 4
PATIENCE = 20.0
AFTERWARDS = 1.0
"""Seconds after which all must still show the same."""
GOALS = {10: 0.5, 50: 1.0, 200: 4.0}


def measure(bench: Bench) -> Iterator[Row]:
    """Measure each size of storm."""
    for size, times in bench.sizes.storms:
        yield _storms(bench, size, times)


def _storms(bench: Bench, size: int, times: int) -> Row:
    url, goal, lost, taken = bench.engine.url, GOALS[size], 0, []
    shares = [size // DRIVERS + (n < size % DRIVERS) for n in range(DRIVERS)]
    with ExitStack() as opened:
        children = [opened.enter_context(Child("storm", url, share)) for share in shares]
        for child in children:
            child.hear()
        for n in range(times):
            missing, duration = _storm(bench, children, f"storm-{size}-{n}", size + 1)
            lost += missing
            taken += [] if duration is None else [duration]
    return Row(
        f"{size} join at one moment (x {times})",
        bench.name,
        f"{lost} lost; " + (spread(taken) if taken else "never"),
        f"0 lost; max <= {show(goal)}",
        not lost and len(taken) == times and max(taken) <= goal,
    )


def _storm(bench: Bench, children: list[Child], id: str, count: int) -> tuple[int, float | None]:
    """Return how many were lost, and how long it took until all agreed."""
    with Instance.create(bench.engine.url, "Storm", "--id", id) as host:
        host.wait_for("accepted")
        released = time.monotonic()
        for child in children:
            child.say(join=id, count=count, patience=PATIENCE)
        moments = [at for child in children for at in child.hear()]
        seated = set(host.state["connected_instances"])
        time.sleep(AFTERWARDS)
        odd = [text for child in children for text in child.ask(check=count)]
        lost = max(count - host.state["count"], len(odd))
        for text in odd[:5]:
            bench.say(f"{id}: {text} (seated: {text.split()[0] in seated})")
        duration = None
        if not lost and None not in moments:
            duration = max(agreed([host], count), *moments) - released
            alone = host.states[1]["at"] - released
            bench.say(f"{id}: first seated after {show(alone)}, all after {show(duration)}")
        host.send("close")
        if sum(child.hear() for child in children):
            bench.say(f"{id}: some were not told of the end")
        host.wait()
    return lost, duration
