"""What waits for clients that read too slowly: a bound for each, and one for all together.

Who is behind is cut off and comes back, rather than being waited for. A moment is allowed: a
burst, a network that stutters. The bound for all is what keeps memory in bounds when many read
nothing at once; then those are cut off first for whom the most waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

PATIENCE: Final = 5.0
"""Seconds for which more may wait for a client than it may in the long run."""
BURST: Final = 16
"""By how much more."""
UNNOTICED: Final = 1 << 16
"""Bytes that wait for somebody at any time, and are not looked at."""
AFTERWARDS: Final = 0.75
"""Of the bound for all that may wait once some were cut off, so that it is not met again soon."""


class Reader(Protocol):
    """A client, as far as it is behind."""

    @property
    def waiting(self) -> int:
        """Bytes that wait for it."""

    def cut_off(self) -> None:
        """End it at once."""


class Backlogs:
    """Who is behind, and by how much.

    Args:
        each: bytes that may wait for one client in the long run.
        together: bytes that may wait for all clients.
        clock: the time, in seconds.
    """

    def __init__(self, each: int, together: int, clock: Callable[[], float]) -> None:
        self._each = each
        self._together = together
        self._clock = clock
        self._waiting: dict[Reader, int] = {}
        self._since: dict[Reader, float] = {}
        self._sum = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def bears(self, reader: Reader, waiting: int) -> bool:
        """Tell whether a client may be sent more, for whom so much waits; else it is cut off."""
        self._note(reader, waiting)
        worst = [reader] if self._is_too_slow(reader, waiting) else self._too_many()
        for each in worst:
            self.forget(each)
            each.cut_off()
        return reader not in worst

    def forget(self, reader: Reader) -> None:
        """Note that a client is gone, or has caught up."""
        self._sum -= self._waiting.pop(reader, 0)
        self._since.pop(reader, None)

    def _note(self, reader: Reader, waiting: int) -> None:
        self._sum += waiting - self._waiting.get(reader, 0)
        self._waiting[reader] = waiting

    def _is_too_slow(self, reader: Reader, waiting: int) -> bool:
        if waiting <= self._each:
            self._since.pop(reader, None)
            return False
        now = self._clock()
        since = self._since.setdefault(reader, now)
        return now - since > PATIENCE or waiting > BURST * self._each

    def _too_many(self) -> list[Reader]:
        """Return the worst, as all are now, where all together are behind by too much."""
        if self._sum <= self._together:
            return []
        for reader in list(self._waiting):
            self._note(reader, reader.waiting)
            if reader.waiting <= UNNOTICED:
                self.forget(reader)
        worst, left = [], self._sum
        if left > self._together:
            for reader in sorted(self._waiting, key=self._waiting.__getitem__, reverse=True):
                if left <= AFTERWARDS * self._together:
                    break
                worst.append(reader)
                left -= self._waiting[reader]
        return worst
