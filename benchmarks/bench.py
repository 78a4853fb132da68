"""What every figure is given: a fresh broker, the sizes, and a place to say how it goes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.engines import Engine

from benchmarks.report import Row
from benchmarks.sizes import Sizes


@dataclass(frozen=True, slots=True)
class Bench:
    """One figure's surroundings."""

    sizes: Sizes
    running: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The broker, for this figure alone."""
        assert self.running is not None
        return self.running

    @property
    def name(self) -> str:
        """What the column `engine` says."""
        return "" if self.running is None else self.running.name

    def say(self, text: str) -> None:
        """Tell what is going on, beside the table."""
        print(f"  {text}", file=sys.stderr, flush=True)


Figure = Callable[[Bench], Iterable[Row]]


@contextmanager
def bench(sizes: Sizes, engine: type[Engine] | None) -> Iterator[Bench]:
    """Start a broker where one is needed, with an empty store; stop it at the end."""
    if engine is None:
        yield Bench(sizes)
        return
    with TemporaryDirectory(prefix="headcount-bench-") as directory, engine(Path(directory)) as it:
        yield Bench(sizes, it)
