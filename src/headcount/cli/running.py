"""One command's loop, ended in good order by SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from headcount.cli.exits import Exit

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StoppedError(Exception):
    """Somebody asked this process to end."""


class Stop:
    """Whether this process was asked to end."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def asked(self) -> bool:
        """Whether it was."""
        return self._event.is_set()

    def ask(self) -> None:
        """Ask it, from the loop's own thread."""
        self._event.set()

    def ask_from_thread(self) -> None:
        """Ask it, from any thread or a signal handler."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self) -> None:
        """Wait until it is asked."""
        await self._event.wait()

    async def unless(self, awaitable: Awaitable[T]) -> T:
        """Return what `awaitable` gives; give it up when the process is asked to end.

        Raises:
            StoppedError: it was asked before.
        """
        work = asyncio.ensure_future(awaitable)
        end = asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait({work, end}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise StoppedError
            return work.result()
        finally:
            for task in (work, end):
                task.cancel()
            await asyncio.gather(work, end, return_exceptions=True)


def run(main: Callable[[Stop], Coroutine[Any, Any, Exit]]) -> Exit:
    """Run `main` to its end and return its exit code; 0 when it was stopped from outside.

    Once it has ended by itself, a signal changes nothing any more; where it was asked to end,
    another signal ends it at once.
    """

    async def whole() -> Exit:
        stop = Stop()
        before = _listen(stop)
        try:
            return await main(stop)
        except StoppedError:
            return Exit.ASKED
        finally:
            for number, handler in before.items():
                signal.signal(number, handler if stop.asked else signal.SIG_IGN)

    return asyncio.run(whole())


def _listen(stop: Stop) -> dict[signal.Signals, Any]:
    return {number: signal.signal(number, lambda *_: stop.ask_from_thread()) for number in _SIGNALS}
