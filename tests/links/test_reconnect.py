"""When to try again."""

from __future__ import annotations

from random import Random

import pytest

from headcount.errors import NoBrokerError
from headcount.links.reconnect import connect_again, delay


class AlwaysHighest(Random):
    """Draws the upper end."""

    def uniform(self, a: float, b: float) -> float:
        """Draw `b`."""
        return b


class AlwaysLowest(Random):
    """Draws the lower end."""

    def uniform(self, a: float, b: float) -> float:
        """Draw `a`."""
        return a


@pytest.mark.parametrize(
    ("attempt", "elapsed", "lowest", "highest"),
    [
        (0, 0.0, 0.0, 0.3),
        (1, 0.2, 0.25, 0.5),
        (2, 0.7, 0.5, 1.0),
        (3, 1.5, 0.5, 1.0),
        (50, 59.9, 0.5, 1.0),
        (60, 60.0, 2.5, 5.0),
        (100_000, 86_400.0, 2.5, 5.0),
    ],
)
def test_delays_follow_the_table(
    attempt: int, elapsed: float, lowest: float, highest: float
) -> None:
    """Within 0.3 s at first, at most 1 s in the first minute, at most 5 s later."""
    assert delay(attempt, elapsed, AlwaysLowest()) == lowest
    assert delay(attempt, elapsed, AlwaysHighest()) == highest


def test_the_same_seed_gives_the_same_delays() -> None:
    """Randomness is injected, so a run can be repeated."""
    one, two = Random(7), Random(7)
    assert [delay(n, n, one) for n in range(20)] == [delay(n, n, two) for n in range(20)]


async def test_it_is_tried_until_it_works() -> None:
    """Every failure is told, a foreseen one and any other; then it is over."""
    failures = [NoBrokerError("nobody there"), RuntimeError("a fault")]
    left, told = list(failures), list[Exception]()

    async def connect() -> None:
        if left:
            raise left.pop(0)

    await connect_again(connect, told.append, now=lambda: 0.0, random=AtOnce())
    assert told == failures


class AtOnce(Random):
    """Draws no pause at all."""

    def uniform(self, a: float, b: float) -> float:
        """Draw nothing."""
        return 0.0
