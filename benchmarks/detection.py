"""Somebody dies or freezes: when does everyone else know, and when is a thawed one back?"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

from tests.cli.instance import Instance

from benchmarks.bench import Bench
from benchmarks.cast import ID, Cast, agreed, gathered, has_host, told_closed
from benchmarks.report import Row, spread, within

SIZE = 4
STAGGER = 0.3
LOBBY, STARTED, FROZEN, BACK = 3.0, 7.0, 10.0, 3.0
MIGRATE = ("--on-host-loss", "migrate")


def measure(bench: Bench) -> Iterator[Row]:
    """Measure every kind of loss."""
    name, url, losses = bench.name, bench.engine.url, bench.sizes.losses
    yield within("SIGKILL of a member: all agree", name, _kills(bench), 0.5)
    for phase, started, goal in (("lobby", False, LOBBY), ("started", True, STARTED)):
        for what, options, wait in (("told", (), _told), ("new host", MIGRATE, _migrated)):
            taken = [_lost(url, wait, SIZE, *options, started=started) for _ in range(losses)]
            yield within(f"SIGKILL of the host, {phase}: {what}", name, taken, goal)
    yield from _line_lost(bench)
    gone, back = _freezes(bench)
    yield within("SIGSTOP of a member: all agree", name, gone, FROZEN)
    yield within("SIGCONT of that member: counted again", name, back, BACK)
    for phase, started in (("lobby", False), ("started", True)):
        taken = [
            _lost(url, _told, SIZE, started=started, stop=True) for _ in range(bench.sizes.freezes)
        ]
        yield within(f"SIGSTOP of the host, {phase}: told", name, taken, FROZEN)


def _line_lost(bench: Bench) -> Iterator[Row]:
    """Kill the host and the next two in line; the count is right only once those are judged."""
    hosts: list[float] = []
    counts: list[float] = []
    size = SIZE + 2

    def wait(cast: Cast, gone: set[str]) -> float:
        hosts.append(has_host(cast.members, gone))
        counts.append(agreed(cast.members, len(cast.members)))
        return hosts[-1]

    for _ in range(bench.sizes.losses):
        taken = _lost(bench.engine.url, wait, size, *MIGRATE, more=2)
        counts[-1] += taken - hosts[-1]
        hosts[-1] = taken
    what = "SIGKILL of the host and 2 next, lobby"
    goal = LOBBY + (2 + math.log2(size)) * STAGGER
    yield within(f"{what}: new host", bench.name, hosts, goal)
    yield Row(f"{what}: all agree", bench.name, spread(counts))


def _kills(bench: Bench) -> list[float]:
    """Kill a member, again and again."""
    taken = []
    with gathered(bench.engine.url, SIZE - 1) as cast:
        for _ in range(bench.sizes.kills):
            with Instance.join(bench.engine.url, ID) as guest:
                agreed([*cast.all, guest], SIZE)
                killed = time.monotonic()
                guest.kill()
                taken.append(agreed(cast.all, SIZE - 1) - killed)
    return taken


def _lost(
    url: str,
    wait: Callable[[Cast, set[str]], float],
    size: int,
    *options: str,
    started: bool = False,
    stop: bool = False,
    more: int = 0,
) -> float:
    """Kill or stop the host, and `more` of those in line; return how long the others took."""
    with gathered(url, size, *options, started=started) as cast:
        victims = [cast.host, *cast.line()[:more]]
        cast.members = [each for each in cast.members if each not in victims]
        ids = {each.client_id for each in victims}
        since = time.monotonic()
        for each in victims:
            (each.stop if stop else each.kill)()
        return wait(cast, ids) - since


def _told(cast: Cast, _gone: set[str]) -> float:
    return told_closed(cast.members)


def _migrated(cast: Cast, gone: set[str]) -> float:
    return max(has_host(cast.members, gone), agreed(cast.members, len(cast.members)))


def _freezes(bench: Bench) -> tuple[list[float], list[float]]:
    """Freeze a member until nobody counts it, and let it go on."""
    gone, back = [], []
    with gathered(bench.engine.url, SIZE) as cast:
        frozen, others = cast.members[-1], [cast.host, *cast.members[:-1]]
        for _ in range(bench.sizes.freezes):
            since = time.monotonic()
            frozen.stop()
            gone.append(agreed(others, SIZE - 1) - since)
            since = time.monotonic()
            frozen.cont()
            back.append(agreed(others, SIZE) - since)
            agreed([frozen], SIZE)
    return gone, back
