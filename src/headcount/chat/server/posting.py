"""How much one account may write over HTTP: as much as one connection may (200, then 100/s)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from headcount.chat.hub.allowance import Allowance
from headcount.chat.hub.settings import Settings

_MOST: Final = 10_000
"""Accounts that are remembered; who is forgotten has all of it again."""


class Posting:
    """The allowances of all accounts.

    Args:
        settings: what one connection may.
        clock: the time in seconds.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._allowances: OrderedDict[int, Allowance] = OrderedDict()

    def take(self, account: int) -> bool:
        """Tell whether an account may write one more message now."""
        settings, now = self._settings, self._clock()
        allowance = self._allowances.get(account)
        if allowance is None:
            allowance = self._allowances[account] = Allowance(settings.burst, now)
            if len(self._allowances) > _MOST:
                self._allowances.popitem(last=False)
        self._allowances.move_to_end(account)
        return allowance.take(now, settings.burst, settings.rate)
