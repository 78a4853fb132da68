"""Seeds of the simulation in a second, on two processes."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.report import Row
from headcount.testing.campaign import campaign

PROCESSES = 2
GOAL = 10_000 / 300


def measure(bench: Bench) -> Iterator[Row]:
    """Run one campaign; a seed that fails is no figure, but it is told."""
    began = time.monotonic()
    summary = campaign(1, bench.sizes.seeds, processes=PROCESSES)
    rate = summary.seeds / (time.monotonic() - began)
    for failure in summary.failures:
        bench.say(f"seed {failure.seed} broke {failure.invariant}: {failure.detail}")
    yield Row(
        f"simulation, {summary.seeds} seeds of 8, {PROCESSES} processes",
        bench.name,
        f"{rate:.1f} seeds/s; {len(summary.failures)} failed",
        f">= {GOAL:.1f} seeds/s (10,000 in 300 s)",
        rate >= GOAL and not summary.failures,
    )
