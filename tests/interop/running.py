"""Old instances as processes, from a test.

::

    with Running.create(mosquitto.port, "S1") as creator, Running.join(mosquitto.port, "S1") as old:
        old.wait_until(lambda: old.count == 2)
        creator.tell("start")
        print(old.wait_for("started")["client_id"])
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Event = dict[str, Any]

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds to wait for an event, unless told otherwise: joining takes an old one 4 of them."""


class Running:
    """One process of `python -m tests.interop.old_sge`; started at once.

    Arguments:
        port: of the broker.
        arguments: the action, the session and options.
    """

    def __init__(self, port: int, *arguments: str) -> None:
        self.arguments = arguments
        self.events: list[Event] = []
        """What came so far, in order; `at` is in seconds on the monotonic clock."""
        self._news = threading.Condition()
        self._open = True
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.interop.old_sge", *arguments, "--port", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            encoding="utf-8",
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @classmethod
    def create(cls, port: int, session: str, *options: str) -> Self:
        """Start one that creates a session."""
        return cls(port, "create", session, *options)

    @classmethod
    def join(cls, port: int, session: str, *options: str) -> Self:
        """Start one that joins a session."""
        return cls(port, "join", session, *options)

    @classmethod
    def watch(cls, port: int, *options: str) -> Self:
        """Start one that looks at the list."""
        return cls(port, "list", *options)

    # --- what comes out ----------------------------------------------------------------------

    @property
    def count(self) -> int:
        """The number its window shows now."""
        shown = self.last("shown")
        return int(shown["count"]) if shown else 0

    @property
    def rows(self) -> dict[str, str]:
        """The rows of its list now."""
        listed = self.last("list")
        return dict(listed["rows"]) if listed else {}

    def last(self, name: str) -> Event | None:
        """Return the newest event of a name."""
        return next((e for e in reversed(self.events) if e["event"] == name), None)

    def wait_until(self, holds: Callable[[], Any], timeout: float = PATIENCE) -> None:
        """Wait until `holds` is true of what came so far.

        Raises:
            AssertionError: it was not within `timeout` seconds, or the process ended before.
        """
        deadline = time.monotonic() + timeout
        with self._news:
            while not holds():
                left = deadline - time.monotonic()
                if not self._open or left <= 0 or not self._news.wait(left):
                    break
            assert holds(), f"did not become true within {timeout:g} s\n{self.story}"

    def wait_for(self, name: str, timeout: float = PATIENCE, *, after: int = 0) -> Event:
        """Return the first event of a name, passing over the `after` first events."""

        def found() -> Event | None:
            return next((e for e in self.events[after:] if e["event"] == name), None)

        self.wait_until(found, timeout)
        event = found()
        assert event is not None
        return event

    @property
    def story(self) -> str:
        """All that was said, for a failure's message."""
        lines = [json.dumps(event, ensure_ascii=False) for event in self.events]
        return "\n".join([f"old_sge {' '.join(self.arguments)} -> {self.process.poll()}", *lines])

    # --- what goes in ------------------------------------------------------------------------

    def tell(self, do: str, **fields: Any) -> None:
        """Send a command: leave, start, turn, role (player=…), join (session=…), quit."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **fields}) + "\n")
        self.process.stdin.flush()

    def state(self) -> Event:
        """Ask for everything it knows."""
        before = len(self.events)
        self.tell("state")
        return self.wait_for("state", after=before)

    def kill(self) -> None:
        """Kill it (SIGKILL), as a crash would."""
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()
        self._thread.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._open = False
            self._news.notify_all()
