"""One life of a server process, tied to ours by a guardian."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from headcount.broker import guardian
from headcount.errors import BrokerStartError

_END_TIMEOUT = guardian.PATIENCE + 2.0


class Child:
    """A running program; made by `launch`."""

    def __init__(self, process: Process, pid: int) -> None:
        self._guardian = process
        self.pid = pid
        """The process id of the program itself, not of its guardian."""

    @classmethod
    async def launch(
        cls, command: Sequence[str], *, errors: Path, scratch: Path | None = None
    ) -> Child:
        """Start a program that ends when this process does, however that ends.

        Arguments:
            command: the program and its arguments.
            errors: a file that takes what the program writes to standard error.
            scratch: a directory to remove if this process is gone before the program.

        Raises:
            BrokerStartError: the program could not be run.
        """
        script = str(Path(guardian.__file__))
        with errors.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", script, str(scratch or ""), *command),
                stdin=PIPE,
                stdout=PIPE,
                stderr=stderr,
                **_apart(),
            )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = await process.stdout.readline()
        except asyncio.CancelledError:
            process.stdin.close()  # the guardian ends what it has started, then itself
            await process.wait()
            raise
        if not line:
            await process.wait()
            said = errors.read_text(errors="replace").strip()
            raise BrokerStartError(f"the broker's program cannot be run: {said}")
        return cls(process, int(line))

    @property
    def running(self) -> bool:
        """Whether the program has not ended yet."""
        return self._guardian.returncode is None

    async def wait(self) -> int:
        """Wait until the program has ended by itself; return its exit code."""
        code = await self._guardian.wait()
        if code < 0:
            self._kill()  # the guardian was killed: do not leave its ward behind
        return code

    async def end(self) -> None:
        """Ask the program to end, and make sure that it does."""
        stdin = self._guardian.stdin
        assert stdin is not None
        with contextlib.suppress(OSError):
            stdin.write(b"\n")  # a copy of our end may live on in a forked process
            stdin.close()
            await stdin.wait_closed()
        try:
            async with asyncio.timeout(_END_TIMEOUT):
                await self.wait()
        except TimeoutError:
            self._guardian.kill()
            await self._guardian.wait()
            self._kill()

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            os.kill(self.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _apart() -> dict[str, Any]:
    """Return what keeps a Ctrl-C meant for us from the program: we end it in our own time."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
