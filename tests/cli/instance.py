"""Real `headcount` processes, for tests, scenarios and benchmarks.

::

    with Instance.create(engine.url, "Sea Zones", "--id", "sea") as host:
        host.wait_for("accepted")
        with Instance.join(engine.url, "sea") as member:
            at = host.wait_count(2)["at"]
            member.kill()
            print(host.wait_count(1)["at"] - at)

The clock of all processes of one machine is the same, so the times of their events can be
compared. Nothing sleeps: what is waited for ends the wait.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

Event = dict[str, Any]
Predicate = Callable[[Event], bool]

PATIENCE = 15.0
"""Seconds to wait for an event, unless told otherwise."""
COMMAND = (sys.executable, "-m", "headcount.cli")


class Instance:
    """One process that gives events; started at once.

    Args:
        arguments: the command and its options; `--json` is added.
        environment: variables added to those of this process.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self.arguments = arguments
        self.events: list[Event] = []
        """What came so far, in order."""
        self.foreign: list[str] = []
        """Lines of standard output that are no event; there must be none."""
        self.errors: list[str] = []
        """Lines of standard error."""
        self.started_at = time.monotonic()
        self._news = threading.Condition()
        self._streams = 2
        self.process = subprocess.Popen(
            [*COMMAND, *arguments, "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            encoding="utf-8",
        )
        self._threads = [
            threading.Thread(target=self._read_events, daemon=True),
            threading.Thread(target=self._read_errors, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @classmethod
    def create(cls, broker: str, name: str, *more: str, **options: Any) -> Self:
        """Start `headcount create`."""
        return cls("create", name, "--broker", broker, *more, **options)

    @classmethod
    def join(cls, broker: str, session_id: str, *more: str, **options: Any) -> Self:
        """Start `headcount join`."""
        return cls("join", session_id, "--broker", broker, *more, **options)

    # --- what comes out ----------------------------------------------------------------------

    def wait_for(
        self, wanted: str | Predicate, timeout: float = PATIENCE, *, after: int = 0
    ) -> Event:
        """Return the first event that is wanted, waiting for it if it has not come.

        Args:
            wanted: the name of an event, or what tells the event.
            timeout: in seconds.
            after: the number of events to pass over; see `mark`.

        Raises:
            AssertionError: it did not come in time, or the process ended without it.
        """
        fits = _named(wanted) if isinstance(wanted, str) else wanted
        deadline = time.monotonic() + timeout
        seen = after
        with self._news:
            while True:
                for event in self.events[seen:]:
                    if fits(event):
                        return event
                seen = max(seen, len(self.events))
                if not self._streams or not self._news.wait(max(0, deadline - time.monotonic())):
                    break
        raise AssertionError(f"what was waited for did not come within {timeout:g} s\n{self.story}")

    def wait_until(self, holds: Callable[[], Any], timeout: float = PATIENCE) -> None:
        """Wait until `holds` is true of what came so far.

        Raises:
            AssertionError: it was not in time, or the process ended before.
        """
        deadline = time.monotonic() + timeout
        with self._news:
            while not holds():
                if not self._streams or not self._news.wait(max(0, deadline - time.monotonic())):
                    break
            assert holds(), f"did not become true within {timeout:g} s\n{self.story}"

    def wait_until_said(self, text: str, timeout: float = PATIENCE) -> str:
        """Return the first line of standard error that holds `text`, waiting for it."""
        self.wait_until(lambda: any(text in line for line in self.errors), timeout)
        return next(line for line in self.errors if text in line)

    def wait_count(self, count: int, timeout: float = PATIENCE) -> Event:
        """Wait until the newest state has so many instances; return the event that made it so."""
        self.wait_until(lambda: self.states and self.states[-1]["count"] == count, timeout)
        first = self.state
        for state in reversed(self.states):
            if state["count"] != count:
                break
            first = state
        return first

    def mark(self) -> int:
        """Return the number of events so far, to wait for later ones only."""
        return len(self.events)

    @property
    def states(self) -> list[Event]:
        """The state events so far."""
        return [event for event in self.events if event["event"] == "state"]

    @property
    def state(self) -> Event:
        """The newest state event."""
        assert self.states, f"there is no state yet\n{self.story}"
        return self.states[-1]

    @property
    def client_id(self) -> str:
        """The client id it connected with."""
        return str(self.wait_for("connected")["client_id"])

    @property
    def names(self) -> list[str]:
        """The names of the events so far."""
        return [str(event["event"]) for event in self.events]

    @property
    def story(self) -> str:
        """All that was said, for a failure's message."""
        lines = [f"headcount {' '.join(self.arguments)} -> {self.process.poll()}"]
        lines += [json.dumps(event, ensure_ascii=False)[:400] for event in self.events]
        lines += [f"not an event: {line}" for line in self.foreign]
        return "\n".join([*lines, "--- standard error", *self.errors])

    # --- what goes in ------------------------------------------------------------------------

    def send(self, *lines: str) -> None:
        """Type lines on its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def ask(self, line: str, timeout: float = PATIENCE) -> Event:
        """Type a command, and return the event that answers it."""
        word = line.split()[0]
        before = self.mark()
        self.send(line)
        return self.wait_for(
            lambda event: event["event"] in ("accepted", "refused") and event["request"] == word,
            timeout,
            after=before,
        )

    def end_input(self) -> None:
        """Close its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    # --- its end -----------------------------------------------------------------------------

    def kill(self) -> None:
        """Kill it (SIGKILL), as a crash would."""
        self.process.kill()

    def stop(self) -> None:
        """Stop it in its tracks (SIGSTOP); its connection stays open, and silent."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def cont(self) -> None:
        """Let it go on (SIGCONT)."""
        os.kill(self.process.pid, signal.SIGCONT)

    def interrupt(self) -> None:
        """Ask it to end as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self.process.terminate()

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait for its end and all it has said; return its exit code.

        Raises:
            AssertionError: it did not end in time.
        """
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {timeout:g} s\n{self.story}") from None
        for thread in self._threads:
            thread.join(timeout)
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            thread.join(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None and not stream.closed:
                with contextlib.suppress(BrokenPipeError):  # what was typed last was never read
                    stream.close()

    def _read_events(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                try:
                    event = json.loads(line)
                    assert event["event"]
                    assert event["at"]
                except (ValueError, KeyError, TypeError, AssertionError):
                    self.foreign.append(line.rstrip("\n"))
                else:
                    self.events.append(event)
                self._news.notify_all()
        self._ended()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._news:
                self.errors.append(line.rstrip("\n"))
                self._news.notify_all()
        self._ended()

    def _ended(self) -> None:
        with self._news:
            self._streams -= 1
            self._news.notify_all()


def headcount(
    *arguments: str,
    timeout: float = PATIENCE,
    environment: Mapping[str, str] | None = None,
    typed: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run `headcount` to its end.

    Args:
        arguments: the command and its options.
        timeout: in seconds.
        environment: variables added to those of this process.
        typed: what stands on its standard input.
    """
    return subprocess.run(
        [*COMMAND, *arguments],
        input=typed,
        capture_output=True,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
        encoding="utf-8",
        check=False,
    )


def events(lines: str) -> list[Event]:
    """Return the events on a standard output."""
    return [json.loads(line) for line in lines.splitlines()]


def _named(name: str) -> Predicate:
    return lambda event: bool(event["event"] == name)


def names(found: Sequence[Event]) -> list[str]:
    """Return the names of events."""
    return [str(event["event"]) for event in found]
