"""How soon to bring a server back, and when to stop trying."""

from __future__ import annotations

from collections import deque
from typing import Final

MAX_DEATHS: Final = 5
"""So many deaths within `DEATH_WINDOW` seconds are too many to go on."""

DEATH_WINDOW: Final = 60.0

_FIRST_PAUSE: Final = 0.05
_GROWTH: Final = 4


class Deaths:
    """The last deaths of a server."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=MAX_DEATHS)

    def record(self, now: float) -> float | None:
        """Count a death at `now`, in seconds on a monotonic clock.

        Returns the seconds to wait before the next try, or None when it is time to give up.
        """
        self._times.append(now)
        recent = sum(1 for time in self._times if time > now - DEATH_WINDOW)
        if recent == MAX_DEATHS:
            return None
        return float(_FIRST_PAUSE * _GROWTH ** (recent - 1))
