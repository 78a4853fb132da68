"""Standard output: events as JSON lines, or lines for people.

A thread does the writing, so that somebody who stops reading (Ctrl-S, a marked text in a
console window, a full pipe) does not stop the loop, and with it our signs of life.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from queue import Full, Queue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from headcount.cli.exits import cannot_write

if TYPE_CHECKING:
    from headcount.cli.options import Shown
    from headcount.cli.running import Stop

LAST_WORDS = 5.0
"""Seconds that the end of a command waits for somebody to read the last lines."""
_MOST_LINES = 100_000
_OUT = 1


def json_line(name: str, at: float, fields: Mapping[str, Any]) -> bytes:
    """Return one event as a line of JSON; `at` in seconds on the monotonic clock."""
    return msgspec.json.encode({"event": name, "at": at, **fields}) + b"\n"


def counted(number: int, what: str) -> str:
    """Return a number of things in words: 1 check, 2 checks."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


class Output:
    """Where a command's events go.

    Args:
        json: whether they go out as JSON lines.
        lines: what an event comes to in lines for people; None shows nothing.
        broken: called, from another thread, when nobody can read any more.
    """

    def __init__(
        self,
        *,
        json: bool,
        lines: Callable[[str, Mapping[str, Any]], Iterable[str]] | None = None,
        broken: Callable[[], None] | None = None,
    ) -> None:
        self._json = json
        self._lines = lines
        self._broken = broken
        self._waiting: Queue[bytes | threading.Event | None] = Queue(_MOST_LINES)
        self._thread = threading.Thread(target=self._write_all, name="output", daemon=True)
        self._thread.start()

    def flush(self, timeout: float = LAST_WORDS) -> None:
        """Wait until what was shown so far is written, for `timeout` seconds at most."""
        written = threading.Event()
        self._put(written)
        written.wait(timeout)

    def event(self, name: str, fields: Mapping[str, Any], at: float | None = None) -> None:
        """Show an event; `at` is when it was received, by default now."""
        if self._json:
            self._put(json_line(name, time.monotonic() if at is None else at, fields))
        elif self._lines is not None:
            for line in self._lines(name, fields):
                self.line(line)

    def line(self, text: str) -> None:
        """Show a line to people; nothing where events go out as JSON."""
        if not self._json:
            encoding = sys.stdout.encoding or "utf-8"
            self._put((text + "\n").encode(encoding, "replace"))

    def close(self) -> None:
        """Write what is left."""
        if self._thread.is_alive():
            try:
                self._waiting.put(None, timeout=LAST_WORDS)
            except Full:
                return
            self._thread.join(LAST_WORDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _put(self, data: bytes | threading.Event) -> None:
        self._waiting.put(data)  # blocks only for a reader 100,000 lines behind

    def _write_all(self) -> None:
        write = _writer()
        broken = False
        while (data := self._waiting.get()) is not None:
            if isinstance(data, threading.Event):
                data.set()
                continue
            if broken:
                continue
            try:
                write(data)
            except OSError as error:
                broken = True
                cannot_write(error)
                if self._broken is not None:
                    self._broken()


def event_output(shown: Shown, stop: Stop) -> Output:
    """Return where the events of a session go; when nobody reads them, the command ends."""
    lines = None
    if not shown.json:
        from headcount.cli.words import Words

        lines = Words().lines
    return Output(json=shown.json, lines=lines, broken=stop.ask_from_thread)


def _writer() -> Callable[[bytes], None]:
    if os.name == "nt" and sys.stdout.isatty():
        return _write_to_console
    return _write_to_descriptor


def _write_to_descriptor(data: bytes) -> None:
    """Write without Python's buffer, whose lock must not be held when the interpreter ends."""
    left = memoryview(data)
    while left:
        left = left[os.write(_OUT, left) :]


def _write_to_console(data: bytes) -> None:
    sys.stdout.write(data.decode(sys.stdout.encoding or "utf-8", "replace"))
    sys.stdout.flush()
