"""What running many seeds has shown, and how a script that fails is shortened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Self, TypeVar

Step = TypeVar("Step")


@dataclass(frozen=True, slots=True)
class Failure(Generic[Step]):
    """One seed that broke an invariant, and the shortest script found that still does."""

    seed: int
    invariant: str
    detail: str
    script: tuple[Step, ...]
    trace: tuple[str, ...] = ()


@dataclass
class Outcome(Generic[Step]):
    """What a campaign has shown."""

    must_fire: ClassVar[tuple[str, ...]] = ()
    """What must have happened somewhere in a campaign for its silence to mean anything."""
    enough: ClassVar[int] = 0
    """Seeds from which on all of that is sure to happen."""

    seeds: int = 0
    failures: list[Failure[Step]] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def silent(self) -> list[str]:
        """The faults that never happened though enough seeds were run for them."""
        if self.seeds < self.enough:
            return []
        return [name for name in self.must_fire if not self.faults[name]]

    @property
    def ok(self) -> bool:
        """Whether every seed held and every fault happened."""
        return not self.failures and not self.silent

    def add(self, other: Self) -> None:
        """Put the result of other seeds to this one."""
        self.seeds += other.seeds
        self.failures += other.failures
        self.faults.update(other.faults)


def shortest(script: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> tuple[Step, ...]:
    """Return a script as short as can be found that still fails.

    Args:
        script: one that fails.
        fails: tells whether a script does.
    """
    steps, size = list(script), max(1, len(script) // 2)
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + size :]
            if fails(fewer):
                steps = fewer
            else:
                start += size
        size //= 2
    return tuple(steps)
