"""Many seeds: run them, shorten what fails, and see that the faults did happen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor

from headcount.testing import faults as f
from headcount.testing.invariants import ViolatedError
from headcount.testing.outcome import Failure, Outcome, shortest
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


class Summary(Outcome[f.Step]):
    """What a campaign has shown."""

    must_fire = MUST_FIRE
    enough = ENOUGH


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

    def fails(fewer: Sequence[f.Step]) -> bool:
        violated = attempt(seed, instances, fewer)[1]
        return violated is not None and violated.name == invariant

    return shortest(steps, fails)


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
