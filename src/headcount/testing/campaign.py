"""Many seeds: run them, shorten what fails, and see that the faults did happen."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from headcount.testing import faults as f
from headcount.testing.invariants import ViolatedError
from headcount.testing.world import World

CHUNK = 25
MUST_FIRE = (
    "kills",
    "lost messages",
    "repeated messages",
    "restarts keep",
    "restarts lose",
    "restarts older",
    "refused updates",
    "revivals",
    "roamings",
    "silences",
    "stalls",
    "takeovers",
    "wills",
)
"""What must have happened somewhere in a campaign for its silence to mean anything."""
ENOUGH = 300
"""Seeds from which on all of that is sure to happen."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One seed that broke an invariant, and the shortest script found that still does."""

    seed: int
    invariant: str
    detail: str
    script: tuple[f.Step, ...]
    trace: tuple[str, ...] = ()


@dataclass(slots=True)
class Summary:
    """What a campaign has shown."""

    seeds: int = 0
    failures: list[Failure] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def silent(self) -> list[str]:
        """The faults that never happened though enough seeds were run for them."""
        return [name for name in MUST_FIRE if not self.faults[name]] if self.seeds >= ENOUGH else []

    @property
    def ok(self) -> bool:
        """Whether every seed held and every fault happened."""
        return not self.failures and not self.silent

    def add(self, other: Summary) -> None:
        """Put the result of other seeds to this one."""
        self.seeds += other.seeds
        self.failures += other.failures
        self.faults.update(other.faults)


def attempt(
    seed: int, instances: int, steps: Sequence[f.Step], *, trace: bool = False
) -> tuple[World, ViolatedError | None]:
    """Run one script; return the world as it was left, and what it violated or None."""
    world = World(seed, instances, trace=trace)
    try:
        world.run(steps)
    except ViolatedError as violated:
        return world, violated
    return world, None


def shorten(
    seed: int, instances: int, steps: Sequence[f.Step], invariant: str
) -> tuple[f.Step, ...]:
    """Return a script as short as can be found that violates the same invariant."""
    steps, size = list(steps), max(1, len(steps) // 2)
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + size :]
            violated = attempt(seed, instances, fewer)[1]
            if violated is not None and violated.name == invariant:
                steps = fewer
            else:
                start += size
        size //= 2
    return tuple(steps)


def run_seed(seed: int, instances: int) -> Summary:
    """Run one seed; a failure comes with its shortest script and the trace of that."""
    steps = f.script(seed, instances)
    world, violated = attempt(seed, instances, steps)
    summary = Summary(1, [], world.fired())
    if violated is not None:
        short = shorten(seed, instances, steps, violated.name)
        again, shortest = attempt(seed, instances, short, trace=True)
        detail = str(shortest or violated)
        failure = Failure(seed, violated.name, detail, short, tuple(again.trace or ()))
        summary.failures.append(failure)
    return summary


def run_seeds(seeds: Iterable[int], instances: int) -> Summary:
    """Run some seeds in this process."""
    total = Summary()
    for seed in seeds:
        total.add(run_seed(seed, instances))
    return total


def campaign(
    first: int,
    seeds: int,
    instances: int = 8,
    *,
    processes: int | None = None,
    progress: Callable[[Summary], None] = lambda _: None,
    initializer: Callable[[], None] | None = None,
) -> Summary:
    """Run `seeds` seeds from `first` on, on all cores.

    Args:
        first: the first seed.
        seeds: how many.
        instances: application instances in each.
        processes: how many at once; all cores where None.
        progress: called with the summary so far, from time to time.
        initializer: called in each further process before it runs anything.
    """
    total = Summary()
    end = first + seeds
    chunks = [range(low, min(low + CHUNK, end)) for low in range(first, end, CHUNK)]
    workers = min(processes or os.cpu_count() or 1, len(chunks) or 1)
    if workers <= 1:
        for chunk in chunks:
            total.add(run_seeds(chunk, instances))
            progress(total)
        return total
    with ProcessPoolExecutor(workers, initializer=initializer) as pool:
        for part in pool.map(run_seeds, chunks, [instances] * len(chunks)):
            total.add(part)
            progress(total)
    return total
