"""Ours and node's `ws`, side by side: measured in turn, so that both meet the same machine."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.chat.load import Load, Talk
from benchmarks.chat.servers import Server, Start, node, ours, why_no_node
from benchmarks.report import Row

AT_ONCE = 200
"""Connections that are under way at once, where it is not the point."""
OURS, NODE = "ours", "ws"


@dataclass(frozen=True, slots=True)
class Side:
    """One server with its clients."""

    name: str
    server: Server
    load: Load


@dataclass(frozen=True, slots=True)
class Run:
    """What became of some messages, and the CPU time of the server meanwhile, in seconds."""

    talk: Talk
    cpu: float

    @property
    def cost(self) -> float:
        """CPU seconds of the server for 100 k deliveries."""
        return self.cpu * 1e5 / max(1, self.talk.deliveries)


def starts(**settings: float) -> Mapping[str, Start]:
    """Return what starts each server that can be had here; the settings are ours alone."""
    found: dict[str, Start] = {OURS: lambda: ours(**settings)}
    if why_no_node() is None:
        found[NODE] = node
    return found


@contextmanager
def sides(bench: Bench, clients: int, **settings: float) -> Iterator[list[Side]]:
    """Start all servers, each with so many clients, of which the first may write."""
    with ExitStack() as opened:
        found = []
        for name, start in starts(**settings).items():
            server = opened.enter_context(start())
            load = opened.enter_context(Load(server.port))
            load.open(clients, AT_ONCE)
            load.name()
            load.settle()
            found.append(Side(name, server, load))
        if len(found) == 1:
            bench.say(f"no baseline: {why_no_node()}")
        yield found


def runs(found: list[Side], times: int, talk: Callable[[Load], Talk]) -> dict[str, list[Run]]:
    """Have each side do the same so many times, in turn; a first time is not counted."""
    taken: dict[str, list[Run]] = {side.name: [] for side in found}
    for _ in range(times + 1):
        for side in found:
            before = side.server.cpu()
            told = talk(side.load)
            taken[side.name].append(Run(told, side.server.cpu() - before))
    return {name: each[1:] for name, each in taken.items()}


def middle(taken: list[Run], value: Callable[[Run], float]) -> float:
    """Return the median of a value over some runs."""
    return statistics.median(value(run) for run in taken)


def harm(taken: list[Run]) -> str:
    """Return what went wrong in some runs, or nothing."""
    lost, odd = (sum(getattr(r.talk, name) for r in taken) for name in ("lost", "disorder"))
    refused = sum(run.talk.refused for run in taken)
    told = {"lost": lost, "out of order": odd, "refused": refused}
    return "".join(f"; {number} {what}" for what, number in told.items() if number)


def against(theirs: object | None) -> str:
    """Return what the column `baseline` says."""
    return str(why_no_node()) if theirs is None else f"{theirs} ws"


def row(
    bench: Bench,
    figure: str,
    taken: Mapping[str, list[Run]],
    value: Callable[[Run], float],
    shown: Callable[[list[Run]], str],
    most: float | None = None,
) -> Row:
    """Return the row of one value of both sides.

    Args:
        bench: the surroundings.
        figure: what was measured.
        taken: the runs of each side.
        value: what is compared.
        shown: how runs are shown.
        most: what the ratio may be.
    """
    mine, theirs = taken[OURS], taken.get(NODE)
    text = shown(mine) + harm(mine)
    goal = "" if most is None else f"<= {most:g} x ws"
    if theirs is None:
        return Row(figure, bench.name, text, goal, baseline=against(None))
    ratio = middle(mine, value) / middle(theirs, value)
    well = None if most is None else ratio <= most and not harm(mine)
    baseline = against(shown(theirs) + harm(theirs))
    return Row(figure, bench.name, text, goal, well, baseline, ratio)
