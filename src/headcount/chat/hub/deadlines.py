"""Times by name: which is next, which have come."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

K = TypeVar("K", str, int)


class Deadlines(Generic[K]):
    """One time for each name. Times are seconds on the hub's own monotonic clock."""

    def __init__(self) -> None:
        self._at: dict[K, float] = {}
        self._heap: list[tuple[float, K]] = []

    def __contains__(self, name: K) -> bool:
        return name in self._at

    def set(self, name: K, at: float) -> None:
        """Let the time of `name` be `at`, whatever it was before."""
        self._at[name] = at
        heappush(self._heap, (at, name))

    def soonest(self, name: K, at: float) -> None:
        """Let the time of `name` be `at`, unless it is sooner already."""
        if at < self._at.get(name, float("inf")):
            self.set(name, at)

    def cancel(self, name: K) -> None:
        """Let `name` have no time."""
        self._at.pop(name, None)

    def take(self, now: float) -> list[K]:
        """Return the names whose time has come, in order of time; they have none any more."""
        due = []
        while (at := self.next()) is not None and at <= now:
            name = heappop(self._heap)[1]
            del self._at[name]
            due.append(name)
        return due

    def next(self) -> float | None:
        """Return the next time, or None when there is none."""
        heap = self._heap
        while heap:
            at, name = heap[0]
            if self._at.get(name) == at:
                return at
            heappop(heap)
        return None

    def delay(self, seconds: float) -> None:
        """Put all off by the time in which nothing could be heard."""
        self._at = {name: at + seconds for name, at in self._at.items()}
        self._heap = [(at, name) for name, at in self._at.items()]
        heapify(self._heap)
