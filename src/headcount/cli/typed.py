"""Commands typed on standard input: from bytes to lines, from a line to a command."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from headcount.errors import BadInputError

MAX_LINE_BYTES: Final = 64 * 1024
_LONGEST_COUNTDOWN: Final = 3600.0
"""The longest countdown, in seconds."""
_CHUNK: Final = 64 * 1024
_AHEAD: Final = 64
"""Lines read before they are wanted; a longer input waits in its pipe."""
_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Typed:
    """One command; `argument` is what its word asks for, None where it takes nothing."""

    word: str
    argument: Any = None


class TypedError(BadInputError):
    """A line that is no command; `word` is how it began."""

    def __init__(self, word: str, message: str) -> None:
        super().__init__(message)
        self.word = word


def parse(line: str) -> Typed | None:
    """Return the command in a line, or None for an empty one.

    Raises:
        TypedError: it is no command, or not as that command is written.
    """
    word, _, rest = line.strip().partition(" ")
    if len(line) > MAX_LINE_BYTES:
        raise TypedError(word[:64], f"a line holds {MAX_LINE_BYTES // 1024} kB at most")
    rest = rest.strip()
    if not word:
        return None
    read = _ARGUMENTS.get(word)
    if read is None:
        raise TypedError(word[:64], f"there is no such command: use {', '.join(_ARGUMENTS)}")
    try:
        return Typed(word, read(rest))
    except ValueError as error:
        raise TypedError(word, str(error)) from error


def _nothing(rest: str) -> None:
    if rest:
        raise ValueError("this command takes nothing after it")


def _text(rest: str) -> str:
    if not rest:
        raise ValueError("something must follow this command")
    return rest


def _seconds(rest: str) -> float:
    if not rest:
        return 0.0
    if _SECONDS.fullmatch(rest) is None or float(rest) > _LONGEST_COUNTDOWN:
        raise ValueError("give the countdown in seconds, such as start 3")
    return float(rest)


def _assignment(rest: str) -> tuple[str, Any]:
    key, equals, value = rest.partition("=")
    key = key.strip()
    if not equals or not key:
        raise ValueError('write it like set map="forest" (a key, =, a value in JSON)')
    try:
        return key, msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f'the value is not JSON ({error}); a text needs quotes: "…"') from error


_ARGUMENTS: Final[dict[str, Callable[[str], Any]]] = {
    "ready": _nothing,
    "unready": _nothing,
    "role": _text,
    "release": _nothing,
    "set": _assignment,
    "say": _text,
    "kick": _text,
    "start": _seconds,
    "cancel": _nothing,
    "close": _nothing,
    "leave": _nothing,
    "state": _nothing,
}


class Lines:
    """Cuts a stream of bytes into lines; of one that is too long only the beginning is kept.

    What is kept of it is still too long for any command to take.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Take bytes as they come; return the lines that they complete."""
        *whole, rest = (self._rest + data).split(b"\n")
        self._rest = rest[: MAX_LINE_BYTES + 1]
        return [_decoded(line[: MAX_LINE_BYTES + 1]) for line in whole]

    def end(self) -> list[str]:
        """Return the last line, if it has no line break."""
        rest, self._rest = self._rest, b""
        return [_decoded(rest)] if rest else []


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")


def read_lines() -> asyncio.Queue[str | None]:
    """Return a queue of the lines of standard input, filled by a thread; None is their end."""
    queue: asyncio.Queue[str | None] = asyncio.Queue(_AHEAD)
    loop = asyncio.get_running_loop()
    threading.Thread(target=_read, args=(queue, loop), name="input", daemon=True).start()
    return queue


def _read(queue: asyncio.Queue[str | None], loop: asyncio.AbstractEventLoop) -> None:
    # The raw stream, since nobody may hold the lock of the buffered one at the end.
    raw = getattr(getattr(sys.stdin, "buffer", None), "raw", None)
    lines = Lines()
    more = True
    while more:
        try:
            data = raw.read(_CHUNK) if raw is not None else b""
        except OSError:
            data = b""
        more = bool(data)
        for line in lines.feed(data) if data else [*lines.end(), None]:
            putting = queue.put(line)
            try:
                asyncio.run_coroutine_threadsafe(putting, loop).result()
            except (RuntimeError, CancelledError):  # the loop is closed, or closing
                putting.close()
                return
