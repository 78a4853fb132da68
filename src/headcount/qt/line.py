"""One connection's thread, and how what is asked there is answered."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from headcount.background import Background
from headcount.errors import (
    BadInputError,
    HeadcountError,
    RequestRefusedError,
    SessionEndedError,
)
from headcount.qt.courier import Port

Work = Callable[[], Awaitable[int]]

_log = logging.getLogger("headcount")


class Line:
    """A background thread that is there while it is needed."""

    def __init__(self) -> None:
        self._background: Background | None = None

    @property
    def running(self) -> bool:
        """Whether there is a thread."""
        return self._background is not None

    def start(self) -> None:
        """Begin with a thread; doing it twice changes nothing."""
        if self._background is None:
            self._background = Background()

    def stop(self) -> None:
        """End the thread, without waiting for it."""
        background, self._background = self._background, None
        if background is not None:
            threading.Thread(target=background.stop, daemon=True).start()

    def begin(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Begin to run something in the thread.

        Raises:
            SessionEndedError: there is none.
        """
        if self._background is None:
            work.close()
            raise SessionEndedError("left")
        return self._background.begin(work)

    def ask(self, word: str, work: Work, port: Port) -> None:
        """Run a command there; `accept` or `refuse` of the port's object is called with its end."""
        try:
            self.begin(answer(word, work, port))
        except SessionEndedError as error:
            port.tell("refuse", word, *cause(error))


async def answer(word: str, work: Work, port: Port) -> None:
    """Run a command here, in the background, and tell its end."""
    try:
        version = await work()
    except asyncio.CancelledError:
        port.tell("refuse", word, *cause(SessionEndedError("left")))
        raise
    except Exception as error:
        if not isinstance(error, HeadcountError | OSError):
            _log.exception("%s failed in an unforeseen way", word)
        port.tell("refuse", word, *cause(error))
    else:
        port.tell("accept", word, version)


def cause(error: Exception) -> tuple[str, str]:
    """Return the code of an error, or what stands for one, and what to tell people."""
    if isinstance(error, RequestRefusedError):
        return str(error.code), error.message or str(error)
    if isinstance(error, SessionEndedError):
        return error.reason, str(error)
    if isinstance(error, BadInputError):
        return "BAD_INPUT", str(error)
    return type(error).__name__, str(error) or type(error).__name__
