"""A `headcount` on a terminal of its own, for what only people see (POSIX)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tests.cli.instance import COMMAND, PATIENCE

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """One process on a pseudo-terminal.

    Args:
        arguments: the command and its options.
        environment: variables added to those of this process.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.shown = ""
        """All that was shown, without what colours it."""
        self._raw = ""
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", **(environment or {})},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C is a signal
        )
        os.close(theirs)

    def wait_for(self, text: str, timeout: float = PATIENCE) -> None:
        """Wait until `text` has been shown.

        Raises:
            AssertionError: it was not in time.
        """
        deadline = time.monotonic() + timeout
        while text not in self.shown:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} was not shown:\n{self.shown}"
            if select.select([self._ours], [], [], left)[0] and not self._read():
                break
        assert text in self.shown, f"{text!r} was not shown:\n{self.shown}"

    def enter(self, text: str) -> None:
        """Type something."""
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._ours, b"\x03")

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for its end; return its exit code."""
        deadline = time.monotonic() + timeout
        while select.select([self._ours], [], [], max(0, deadline - time.monotonic()))[0]:
            if not self._read():
                break
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        data = b""
        with contextlib.suppress(OSError):  # the other end is closed
            data = os.read(self._ours, 65536)
        self._raw += data.decode("utf-8", "replace")
        self.shown = _ESCAPES.sub("", self._raw)
        return bool(data)
