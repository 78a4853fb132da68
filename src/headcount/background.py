"""An event loop in a thread of its own, for those who have none."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, Generic, TypeVar, cast

from headcount.errors import CONNECTION_CLOSED, BadInputError, SessionEndedError

T = TypeVar("T")

# On Windows a thread that waits without an end does not see Ctrl-C.
_PATIENCE = 0.25 if os.name == "nt" else None
_OVER = object()
NOT_HERE = "a callback cannot wait for what it holds up itself: call this from another thread"


class Background:
    """A daemon thread that runs an event loop until `stop`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._main, name="headcount", daemon=True)
        self._thread.start()

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._loop.run_until_complete(self._finish())
            self._loop.close()

    async def _finish(self) -> None:
        """End what nobody waits for any more."""
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._loop.shutdown_asyncgens()

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin to run a coroutine there.

        Raises:
            SessionEndedError: the thread has ended.
        """
        if self._loop.is_closed() or not self._thread.is_alive():
            work.close()
            raise SessionEndedError("left", CONNECTION_CLOSED)
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run a coroutine there and return its result; an interrupt here cancels it.

        Args:
            work: the coroutine.
            timeout: how long to wait, in seconds; None for ever.

        Raises:
            TimeoutError: it took longer; it is cancelled.
            BadInputError: it would wait for the thread it is called in.
        """
        if threading.current_thread() is self._thread:
            work.close()
            raise BadInputError(NOT_HERE)
        future = self.begin(work)
        try:
            return wait(future, timeout)
        except BaseException:
            future.cancel()
            raise

    def call(self, function: Callable[[], T]) -> T:
        """Call a function there and return its result."""

        async def work() -> T:
            return function()

        return self.run(work())

    def stop(self) -> None:
        """End the thread. Doing it twice changes nothing.

        Raises:
            BadInputError: it is called in this very thread.
        """
        if threading.current_thread() is self._thread:
            raise BadInputError(NOT_HERE)
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()


def wait(future: Future[T], timeout: float | None = None) -> T:
    """Return the result of `future`, and stay open to Ctrl-C meanwhile.

    Raises:
        TimeoutError: there was none in `timeout` seconds.
    """
    if timeout is not None or _PATIENCE is None:
        return future.result(timeout)
    while True:
        try:
            return future.result(_PATIENCE)
        except TimeoutError:
            if future.done():
                raise


class Feed(Iterator[T], Generic[T]):
    """An asynchronous iteration, as a blocking one. Nothing that comes is lost by polling."""

    def __init__(self, background: Background, source: AsyncIterator[T]) -> None:
        self._background = background
        self._source = source
        self._coming: Future[object] | None = None
        self.over = False
        """Whether there will be no more."""

    def __next__(self) -> T:
        item = self._take(None)
        if item is _OVER:
            raise StopIteration
        return cast(T, item)

    def poll(self, timeout: float = 0.0) -> T | None:
        """Return the next item, or None when none came in time or it is `over`.

        Args:
            timeout: how long to wait, in seconds.
        """
        try:
            item = self._take(timeout)
        except TimeoutError:
            return None
        return None if item is _OVER else cast(T, item)

    def _take(self, timeout: float | None) -> object:
        if self.over:
            return _OVER
        if self._coming is None:
            self._coming = self._background.begin(self._next())
        item = wait(self._coming, timeout)
        self._coming = None
        self.over = item is _OVER
        return item

    async def _next(self) -> object:
        return await anext(self._source, _OVER)
