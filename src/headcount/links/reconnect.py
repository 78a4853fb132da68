"""When to try again after a connection was lost, and trying (design 3.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

FIRST = 0.3
"""The first try comes within this time, in seconds, spread so that not all come at once."""

EAGER_TIME = 60.0
"""How long, in seconds since the loss, tries follow each other quickly."""

EAGER_CAP = 1.0
PATIENT_CAP = 5.0
_BASE = 0.25


def delay(attempt: int, elapsed: float, random: Random) -> float:
    """Return how long to wait before the next try, in seconds.

    Args:
        attempt: how many tries have failed since the connection was lost.
        elapsed: seconds since it was lost.
        random: where the jitter comes from.

    The first wait is at most 0.3 s. Later waits double up to a cap of 1 s in the first
    minute and 5 s after it, and are drawn from the upper half of that.
    """
    if attempt <= 0:
        return random.uniform(0.0, FIRST)
    cap = EAGER_CAP if elapsed < EAGER_TIME else PATIENT_CAP
    ceiling = min(cap, _BASE * 2.0 ** min(attempt, 8))
    return random.uniform(ceiling / 2, ceiling)


async def connect_again(
    connect: Callable[[], Awaitable[None]],
    failed: Callable[[Exception], None],
    *,
    now: Callable[[], float],
    random: Random,
) -> None:
    """Try until there is a connection.

    Args:
        connect: one try.
        failed: told why a try failed.
        now: seconds on a clock that goes on.
        random: where the jitter comes from.
    """
    since, attempt = now(), 0
    while True:
        await asyncio.sleep(delay(attempt, now() - since, random))
        attempt += 1
        try:
            return await connect()
        except Exception as failure:
            failed(failure)
