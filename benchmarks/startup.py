"""Import and start-up times, as whole processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.report import Row, median, show, spread

IMPORT, HELP = 0.08, 0.25


def measure(bench: Bench) -> Iterator[Row]:
    """Run them in turn, so that all meet the same machine."""
    nothing: list[float] = []
    imports: list[float] = []
    helps: list[float] = []
    for _ in range(bench.sizes.starts + 1):  # the first reads from the disk, and is not counted
        nothing.append(_run("-c", "pass"))
        imports.append(_run("-c", "import headcount"))
        helps.append(_run("-m", "headcount.cli", "--help"))
    for times in (nothing, imports, helps):
        del times[0]
    base = median(nothing)
    for figure, taken, goal in (
        ('python -c "import headcount"', imports, IMPORT),
        ("headcount --help", helps, HELP),
    ):
        p50 = median(taken)
        yield Row(
            figure,
            bench.name,
            spread(taken),
            f"p50 <= {show(goal)}",
            p50 <= goal,
            f"{show(base)} python -c pass",
            p50 / base,
        )


def _run(*arguments: str) -> float:
    """Return how long a Python process took, in seconds."""
    began = time.monotonic()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began
