"""Group commits: whatever waits is stored together, while the next ones gather.

A commit costs a write to the disk, whether for one message or for a hundred. So there is one
writer; it takes all that waits, stores it in one transaction, answers each, and takes what came
meanwhile. Alone, a message waits for nothing; in a crowd nobody waits for more than two commits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from headcount.chat.store.errors import BusyError, StoreUnavailableError

T = TypeVar("T")
R = TypeVar("R")

MOST_WAITING: Final = 10_000
"""What may wait at most; more is refused."""
LARGEST: Final = 500
"""What is stored in one transaction at most."""


class Groups(Generic[T, R]):
    """Gathers what is to be stored; to be made while a loop runs.

    Arguments:
        commit: stores all it is given, or raises and stores nothing; its results are in order.
        alone: tells from an error of a group that one of it is to blame, so that each is to be
            stored by itself.
    """

    def __init__(
        self,
        commit: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        alone: Callable[[Exception], bool],
    ) -> None:
        self._commit = commit
        self._alone = alone
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._news = asyncio.Event()
        self._closed = False
        self._writer = asyncio.get_running_loop().create_task(self._write_all(), name="groups")

    def submit(self, item: T) -> asyncio.Future[R]:
        """Have something stored, after all that was submitted before.

        Returns:
            What is done once it is stored; what fails is told there.

        Raises:
            BusyError: too much waits already.
            StoreUnavailableError: closed.
        """
        if self._closed:
            raise StoreUnavailableError("the store is closed: open it again")
        if len(self._waiting) >= MOST_WAITING:
            raise BusyError("too many messages wait to be stored: try again in a moment")
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._news.set()
        return future

    async def close(self) -> None:
        """Store what waits, and take no more."""
        self._closed = True
        self._news.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(self._writer)

    async def _write_all(self) -> None:
        try:
            while self._waiting or not self._closed:
                if not self._waiting:
                    self._news.clear()
                    await self._news.wait()
                    continue
                await self._write(self._take())
        finally:  # when it was cancelled, nobody is left waiting for ever
            self._closed = True
            for _, future in self._waiting:
                future.cancel()

    def _take(self) -> list[tuple[T, asyncio.Future[R]]]:
        taken: list[tuple[T, asyncio.Future[R]]] = []
        while self._waiting and len(taken) < LARGEST:
            item, future = self._waiting.popleft()
            if not future.cancelled():  # nobody waits for it any more
                taken.append((item, future))
        return taken

    async def _write(self, group: list[tuple[T, asyncio.Future[R]]]) -> None:
        if not group:
            return
        try:
            results = await self._commit([item for item, _ in group])
        except asyncio.CancelledError:
            for _, future in group:
                future.cancel()
            raise
        except Exception as error:
            if len(group) > 1 and self._alone(error):
                for each in group:
                    await self._write([each])
                return
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(group, results, strict=True):
            if not future.done():
                future.set_result(result)
