"""What a member that is not the host sends and gets while nothing happens."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from tests.cli.instance import Instance

from benchmarks.bench import Bench
from benchmarks.cast import agreed
from benchmarks.child import Child
from benchmarks.report import Row

DRIVERS = 4
QUIET = 4.0
"""Seconds in which what the joins caused comes to its end."""
GOAL_SIZE, PACKETS, BYTES = 20, 75.0, 20_000.0


def measure(bench: Bench) -> Iterator[Row]:
    """Count in sessions of each size."""
    for size in bench.sizes.crowds:
        yield _counted(bench, size)


def _counted(bench: Bench, size: int) -> Row:
    window = bench.sizes.traffic_window
    members = _members(bench, size, window)
    per_minute = 60.0 / window
    packets = [sum(each["packets"].values()) * per_minute for each in members]
    sizes = [each["bytes"] * per_minute for each in members]
    total: Counter[str] = Counter()
    for each in members:
        total.update(each["packets"])
    kinds = {kind: round(n * per_minute / len(members), 1) for kind, n in total.most_common()}
    bench.say(f"{size} members, each a minute: {kinds}")
    judged = size == GOAL_SIZE
    return Row(
        f"idle, {size} members: PUBLISH, kB a minute",
        bench.name,
        f"{sum(packets) / len(packets):.0f} / max {max(packets):.0f}; "
        f"{sum(sizes) / len(sizes) / 1000:.1f} / max {max(sizes) / 1000:.1f} kB",
        f"max <= {PACKETS:g}; <= {BYTES / 1000:g} kB" if judged else "",
        (max(packets) <= PACKETS and max(sizes) <= BYTES) if judged else None,
    )


def _members(bench: Bench, size: int, window: float) -> list[dict[str, Any]]:
    """Return what each member but the host sent and got in the window."""
    url, id, others = bench.engine.url, f"idle-{size}", size - 1
    shares = [others // DRIVERS + (n < others % DRIVERS) for n in range(DRIVERS)]
    with Instance.create(url, "Idle", "--id", id) as host, ExitStack() as opened:
        host.wait_for("accepted")
        children = [
            opened.enter_context(Child("crowd", url, id, share, size)) for share in shares if share
        ]
        for child in children:
            child.hear()
        agreed([host], size)
        time.sleep(QUIET)
        for child in children:
            child.say(window=window)
        return [each for child in children for each in child.hear(window + 30.0)]
