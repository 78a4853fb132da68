"""A fourth instance joins three, and leaves: when do all four, then three, show it?"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.cli.instance import Instance

from benchmarks.bare import bare
from benchmarks.bench import Bench
from benchmarks.cast import ID, agreed, gathered
from benchmarks.report import Row, median, percentile, show, spread

APART = 0.25
"""Seconds between a join and a leave, so that the pace of publishing plays no part."""
MOST = 3.0
"""Bare round trips that a join may take."""
P99 = 0.1
LEAVE = 0.05


def measure(bench: Bench) -> Iterator[Row]:
    """Measure joins and leaves, with bare round trips in between."""
    joins, leaves = [], []
    with gathered(bench.engine.url, 3) as cast, bare(bench.engine.url) as trip:
        for _ in range(bench.sizes.joins):
            with Instance.join(bench.engine.url, ID) as guest:
                seen = agreed([*cast.all, guest], 4)
                joins.append(seen - guest.wait_for("connected")["at"])
                trip.sample(5, APART / 5)
                typed = time.monotonic()
                guest.send("leave")
                leaves.append(agreed(cast.all, 3) - typed)
                guest.wait()
            trip.sample(5, APART / 5)
        spaced, trip.taken = trip.taken, []
        trip.sample(500, 0.0)
    base, p50 = median(spaced), median(joins)
    bench.say(f"bare round trip: spaced {spread(spaced)}, back to back {spread(trip.taken)}")
    yield Row(
        "join seen by all 4",
        bench.name,
        spread(joins),
        f"p50 <= {MOST:g} x, p99 <= {show(P99)}",
        p50 <= MOST * base and percentile(joins, 99) <= P99,
        f"{show(base)} round trip",
        p50 / base,
    )
    p50 = median(leaves)
    yield Row(
        "leave seen by all 3",
        bench.name,
        spread(leaves),
        f"max <= {show(LEAVE)}",
        max(leaves) <= LEAVE,
        f"{show(base)} round trip",
        p50 / base,
    )
