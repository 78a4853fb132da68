"""What a campaign has shown, and how a script is shortened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from headcount.testing.outcome import Failure, Outcome, shortest


class Strict(Outcome[int]):
    """A campaign in which two things must happen within ten seeds."""

    must_fire = ("kills", "stalls")
    enough = 10


def test_silence_counts_from_enough_seeds_on() -> None:
    """Before that a fault may just not have come up."""
    assert Strict(seeds=9).ok
    assert Strict(seeds=10, faults=Counter(kills=1)).silent == ["stalls"]
    assert not Strict(seeds=10).ok


def test_parts_are_added() -> None:
    """Seeds, failures and faults."""
    failure = Failure(3, "truth", "wrong", (1, 2))
    total = Strict()
    total.add(Strict(6, [failure], Counter(kills=2)))
    total.add(Strict(6, [], Counter(kills=1, stalls=1)))
    assert (total.seeds, total.failures, total.faults["kills"]) == (12, [failure], 3)
    assert total.silent == []
    assert not total.ok


def test_only_what_is_needed_stays() -> None:
    """In its order."""

    def fails(script: Sequence[int]) -> bool:
        return 3 in script and 7 in script

    assert shortest(range(10), fails) == (3, 7)
    assert shortest([7, 3], fails) == (7, 3)
