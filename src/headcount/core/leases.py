"""Leases: silence that counts only while one could hear (rule R1).

While one's own link is down nobody is judged; the time in which one was stalled does not
count; when the link comes back every lease starts anew. A peer unheard for four leases in
all is judged after one second of hearing.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush

LONG_UNHEARD = 4
"""After this many leases of silence a peer gets no new lease when the link comes back."""
LAST_CHANCE = 1.0
"""What it gets instead, in seconds."""


@dataclass(slots=True)
class _Lease:
    length: float
    heard: float
    expires: float


class Leases:
    """A set of leases by name. Times are seconds on the holder's own monotonic clock."""

    def __init__(self) -> None:
        self._leases: dict[str, _Lease] = {}
        self._queue: list[tuple[float, str]] = []

    def __contains__(self, name: str) -> bool:
        return name in self._leases

    def names(self) -> list[str]:
        """Return the names of all leases."""
        return list(self._leases)

    def renew(self, name: str, now: float, length: float) -> None:
        """Start the lease of `name`, or start it anew: it was heard `now`."""
        self._leases[name] = _Lease(length, now, now + length)
        heappush(self._queue, (now + length, name))

    def end(self, name: str) -> None:
        """Forget the lease of `name`, if there is one."""
        self._leases.pop(name, None)

    def stalled(self, seconds: float) -> None:
        """Lengthen every lease by the time in which its holder could not hear."""
        for lease in self._leases.values():
            lease.expires += seconds
        self._sort()

    def link_up(self, now: float) -> None:
        """Start every lease anew, but those that have been silent too long already."""
        for lease in self._leases.values():
            lease.expires = now + remaining_after_link_up(lease.length, now - lease.heard)
        self._sort()

    def expired(self, now: float) -> list[str]:
        """Return the names whose lease has ended."""
        soonest = self.next_deadline()
        if soonest is None or soonest > now:
            return []
        return [name for name, lease in self._leases.items() if lease.expires <= now]

    def next_deadline(self) -> float | None:
        """Return when the next lease ends, or None when there is none."""
        queue = self._queue
        while queue:
            expires, name = queue[0]
            lease = self._leases.get(name)
            if lease is not None and lease.expires == expires:
                return expires
            heappop(queue)
        return None

    def _sort(self) -> None:
        self._queue = [(lease.expires, name) for name, lease in self._leases.items()]
        heapify(self._queue)


def remaining_after_link_up(length: float, unheard: float) -> float:
    """Return how long a lease of `length` runs on once one can hear again.

    Args:
        length: the whole lease, in seconds.
        unheard: how long nothing has been heard of its owner, deaf time included, in seconds.
    """
    return min(length, LAST_CHANCE) if unheard >= LONG_UNHEARD * length else length
