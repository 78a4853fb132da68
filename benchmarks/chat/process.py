"""A process that is told what to do in lines and answers each with one line of JSON."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 120.0
SERVER, LOAD = 0, -1
"""Which of our cores: the first for what is measured, the last for what measures."""


def raise_files() -> int:
    """Allow this process, and those it starts, as many open files as it may; return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def pinned(command: Sequence[str], which: int) -> list[str]:
    """Return a command that runs on one core, where there are several and `taskset` is."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 or shutil.which("taskset") is None:
        return list(command)
    return ["taskset", "-c", str(cores[which]), *command]


class Process:
    """One such process; killed at the end. Its first line tells that it is ready.

    Args:
        command: its command line.
        core: `SERVER` or `LOAD`.
    """

    def __init__(self, command: Sequence[str], core: int) -> None:
        raise_files()
        self._name = Path(command[0]).name
        self._process = subprocess.Popen(
            pinned(command, core),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=ROOT,
        )
        self.pid = self._process.pid
        self.ready: Mapping[str, Any] = self.hear()

    def say(self, order: str) -> None:
        """Tell it what to do."""
        assert self._process.stdin is not None
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """Return what it says next.

        Raises:
            RuntimeError: it said nothing in time, or ended.
        """
        assert self._process.stdout is not None
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise RuntimeError(f"{self._name} ended with {self._process.wait()}")
        said: dict[str, Any] = json.loads(line)
        return said

    def ask(self, order: str) -> dict[str, Any]:
        """Tell it what to do, and return what it answers."""
        self.say(order)
        return self.hear()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Stop it in its tracks (SIGSTOP); its sockets stay open."""
        self._process.send_signal(signal.SIGSTOP)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
