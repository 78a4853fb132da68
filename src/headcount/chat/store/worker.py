"""One thread that does what it is given, in order, and answers on the loop.

As an executor of one thread does, with less in between: for what happens at every message, that
took longer than to store it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")
_Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class Worker:
    """The thread; it ends with `close`, or with the process.

    Args:
        name: what the thread is called.
    """

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[], T]) -> T:
        """Return what a function returns, or raise what it raises.

        Where this is cancelled the function is run all the same.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((work, loop, future))
        return await future

    def close(self) -> None:
        """Do what was given before, and wait for it."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, loop, future = job
            result, fault = None, None
            try:
                result = work()
            except BaseException as error:  # whoever waits for it is told
                fault = error
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(_answer, future, result, fault)
            del job, work, future, result, fault  # or the last one would live until the next


def _answer(future: asyncio.Future[Any], result: Any, fault: BaseException | None) -> None:
    if future.done():  # cancelled
        return
    if fault is None:
        future.set_result(result)
    else:
        future.set_exception(fault)
