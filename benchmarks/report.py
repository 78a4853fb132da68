"""The table: one row for each figure and engine."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEAD = ("figure", "engine", "measured", "baseline", "ratio", "goal", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Args:
        figure: what was measured.
        engine: on which broker, or nothing where there is none.
        measured: the value as people read it.
        goal: the same for what is to be reached.
        ok: whether it is; None where there is no goal, or it could not be measured.
        baseline: what it is compared with, measured in the same run.
        ratio: measured by baseline.
    """

    figure: str
    engine: str
    measured: str
    goal: str = ""
    ok: bool | None = None
    baseline: str = ""
    ratio: float | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the texts of the row."""
        verdict = "" if self.ok is None else ("ok" if self.ok else "SHORT")
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}"
        return self.figure, self.engine, self.measured, self.baseline, ratio, self.goal, verdict


def table(rows: Iterable[Row]) -> str:
    """Return all rows as one table, in Markdown that lines up."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    texts = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(percent / 100 * len(ranked)) - 1)]


def median(values: Sequence[float]) -> float:
    """Return the 50th percentile, of a few values the lower of the middle two."""
    return percentile(values, 50)


def show(seconds: float) -> str:
    """Return a time with its unit, in three digits."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.{0 if seconds >= 0.1 else 1 if seconds >= 0.01 else 2}f} ms"


def spread(values: Sequence[float]) -> str:
    """Return p50 / p99, or p50 / max where p99 would be the same."""
    last, name = (percentile(values, 99), "p99") if len(values) >= 100 else (max(values), "max")
    return f"{show(median(values))} / {name} {show(last)}"


def within(figure: str, engine: str, values: Sequence[float], goal: float) -> Row:
    """Return the row of times none of which may be longer than `goal` seconds."""
    return Row(figure, engine, spread(values), f"max <= {show(goal)}", max(values) <= goal)
