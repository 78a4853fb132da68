"""How much each of many may do: a burst at once, then so much a second; or so much at a time."""

from __future__ import annotations

import contextlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import Final

from headcount.chat.hub.allowance import Allowance

MOST: Final = 10_000
"""Who is remembered at once; who is forgotten has all of it again."""
ACCOUNTS: Final = 100
"""Accounts that may be made from one address at once: a class behind one router has room."""
ACCOUNTS_RATE: Final = 0.1
"""And how many a second after that."""
LOGINS: Final = 100
"""Logins from one address that may wait at a time: half of those that may wait at all."""


class Allowances:
    """The allowances of all who share one rule.

    Args:
        burst: how much each may do at once.
        rate: how much a second after that.
        clock: the time in seconds.
    """

    def __init__(self, burst: int, rate: float, clock: Callable[[], float]) -> None:
        self._burst = burst
        self._rate = rate
        self._clock = clock
        self._known: OrderedDict[Hashable, Allowance] = OrderedDict()

    def take(self, who: Hashable) -> bool:
        """Tell whether somebody may do it once more now."""
        now = self._clock()
        allowance = self._known.get(who)
        if allowance is None:
            allowance = self._known[who] = Allowance(self._burst, now)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        self._known.move_to_end(who)
        return allowance.take(now, self._burst, self._rate)


class Places:
    """The places of all who share one rule: each may take so many at a time.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[Hashable] = Counter()

    @property
    def taken(self) -> int:
        """How many are taken, by all together."""
        return self._taken.total()

    @contextlib.contextmanager
    def take(self, who: Hashable) -> Iterator[bool]:
        """Take a place for as long as this lasts, if there is one; tell whether there was."""
        there = self._taken[who] < self._most
        self._taken[who] += there
        try:
            yield there
        finally:
            self._taken[who] -= there
            if not self._taken[who]:
                del self._taken[who]
