"""What is counted while the server runs; read by its metrics and its monitoring."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from typing import Final

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the delivery latency's buckets, in seconds."""
_MINUTE: Final = 60.0


class Figures:
    """Counters of one server. Cheap: one of them is touched for every message."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """What the hub and the server have counted, by metric."""
        self.told: dict[str, int] = {}
        """The count last sent to each room, as it stood in the frame."""
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.latency = 0.0
        """The sum of all delivery latencies, in seconds."""
        self._minute: deque[tuple[int, int]] = deque()

    def delivered(self, seconds: float, now: float) -> None:
        """Note that a message has been written to its room, so long after it came in."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.latency += seconds
        self.counts["messages"] += 1
        second = int(now)
        if self._minute and self._minute[-1][0] == second:
            self._minute[-1] = (second, self._minute[-1][1] + 1)
        else:
            self._minute.append((second, 1))
            self._forget(now)

    def per_minute(self, now: float) -> int:
        """Return how many messages were delivered within the last minute."""
        self._forget(now)
        return sum(number for _, number in self._minute)

    def _forget(self, now: float) -> None:
        while self._minute and self._minute[0][0] <= now - _MINUTE:
            self._minute.popleft()
