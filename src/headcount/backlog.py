"""What waits for a consumer: bounded, first in, first out, the oldest dropped and counted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Backlog(AsyncIterator[T], Generic[T]):
    """Items for one consumer, who iterates over them.

    When it is full the oldest item goes, so that the newest, which may be the last, never
    does. After `end` the consumer still gets what waits; then the iteration is over.

    Args:
        limit: how many items may wait.
        dropped: called with each item that had to go.
    """

    def __init__(self, limit: int, dropped: Callable[[T], None] | None = None) -> None:
        self._items: deque[T] = deque()
        self._limit = limit
        self._dropped = dropped
        self._ended = False
        self._waiter: asyncio.Future[None] | None = None

    def put(self, item: T) -> None:
        """Add an item; after the end there are no more."""
        if self._ended:
            return
        if len(self._items) >= self._limit:
            oldest = self._items.popleft()
            if self._dropped is not None:
                self._dropped(oldest)
        self._items.append(item)
        self._wake()

    def end(self) -> None:
        """Let the iteration end after what waits now."""
        self._ended = True
        self._wake()

    def __aiter__(self) -> Backlog[T]:
        return self

    async def __anext__(self) -> T:
        while not self._items:
            if self._ended:
                raise StopAsyncIteration
            if self._waiter is not None:
                raise RuntimeError("two tasks iterate over the same thing: give each its own")
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._items.popleft()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
