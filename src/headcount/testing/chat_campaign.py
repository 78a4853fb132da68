"""Many seeds of a simulated chat: run them, shorten what fails, see that the faults did happen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headcount.chat.hub.settings import Settings
from headcount.testing import chat_faults as f
from headcount.testing.chat_world import ChatWorld
from headcount.testing.invariants import ViolatedError
from headcount.testing.outcome import Failure, Outcome, shortest

MUST_FIRE = (
    "crowd",
    "drop",
    "failed",
    "fenced",
    "freeze",
    "gaps",
    "hung",
    "kills",
    "malformed",
    "rate_limited",
    "reauth",
    "refused",
    "silent",
    "stalls",
    "stops",
    "tab",
    "taken_over",
    "unanswered",
    "usurp",
    "vanish",
)
"""What must have happened somewhere in a campaign for its silence to mean anything."""
ENOUGH = 200
"""Seeds from which on all of that is sure to happen."""
PEOPLE = 7


class Summary(Outcome[f.Step]):
    """What a campaign has shown."""

    must_fire = MUST_FIRE
    enough = ENOUGH


def attempt(
    seed: int,
    steps: Sequence[f.Step],
    *,
    people: int = PEOPLE,
    settings: Settings | None = None,
    trace: bool = False,
) -> tuple[ChatWorld, ViolatedError | None]:
    """Run one script; return the world as it was left, and what it violated or None."""
    world = ChatWorld(seed, people, settings, trace=trace)
    try:
        world.run(steps)
    except ViolatedError as violated:
        return world, violated
    return world, None


def shorten(
    seed: int, steps: Sequence[f.Step], invariant: str, settings: Settings | None = None
) -> tuple[f.Step, ...]:
    """Return a script as short as can be found that violates the same invariant."""

    def fails(fewer: Sequence[f.Step]) -> bool:
        violated = attempt(seed, fewer, settings=settings)[1]
        return violated is not None and violated.name == invariant

    return shortest(steps, fails)


def run_seed(seed: int) -> Summary:
    """Run one seed; a failure comes with its shortest script and the trace of that."""
    steps = f.script(seed, PEOPLE)
    world, violated = attempt(seed, steps)
    summary = Summary(1, [], world.fired())
    if violated is not None:
        short = shorten(seed, steps, violated.name)
        again, shortest = attempt(seed, short, trace=True)
        detail = str(shortest or violated)
        trace = tuple(again.trace or ())
        summary.failures.append(Failure(seed, violated.name, detail, short, trace))
    return summary


def campaign(seeds: Iterable[int]) -> Summary:
    """Run some seeds, one after the other."""
    total = Summary()
    for seed in seeds:
        total.add(run_seed(seed))
    return total
