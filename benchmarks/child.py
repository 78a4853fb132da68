"""A process of `benchmarks.children`: told what to do and heard in lines of JSON."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0


class Child:
    """One such process; killed at the end.

    Args:
        module: its name in `benchmarks.children`.
        arguments: its command line.
    """

    def __init__(self, module: str, *arguments: object) -> None:
        self._name = module
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.children.{module}", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=ROOT,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def say(self, **order: Any) -> None:
        """Tell it what to do."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def hear(self, timeout: float = PATIENCE) -> Any:
        """Return what it says next.

        Raises:
            RuntimeError: it said nothing in time, or ended.
        """
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise RuntimeError(f"{self._name} said nothing for {timeout:g} s") from None
        if line is None:
            raise RuntimeError(f"{self._name} ended with {self.process.wait()}")
        return json.loads(line)

    def ask(self, timeout: float = PATIENCE, **order: Any) -> Any:
        """Tell it what to do, and return what it answers."""
        self.say(**order)
        return self.hear(timeout)

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
        self._thread.join()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)
