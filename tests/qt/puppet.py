"""Windows in a process of their own, moved by real clicks from here; no Qt in this one.

::

    with Puppet("dialog", url, {"name": "Ann"}) as ann:
        ann.click("ConnectionDialog", "connect_button")
        ann.wait(showing(1))
        ann.kill()

What the windows show is looked at every 50 ms there, and told here whenever it has changed, with
the moment on the clock that all processes of a machine share. `tests.qt.puppet_main` is the
other side.
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
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
"""How long to wait for what must come, in seconds; a busy machine takes its time."""
DIALOG = "ConnectionDialog"

Shown = dict[str, Any]
"""What the visible windows show, by the names of their classes."""
Predicate = Callable[[Shown], Any]


class Puppet:
    """One process with windows; killed at the end.

    Args:
        kind: what to open: `dialog`, `commons`, or `nothing`.
        url: the broker.
        options: of the window.
        environment: variables added to those of this process.
        every: milliseconds between two looks at the windows.
    """

    def __init__(
        self,
        kind: str,
        url: str,
        options: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        every: int = 50,
    ) -> None:
        self.samples: list[dict[str, Any]] = []
        """What was shown, in order: each with `at` and `shown`."""
        self._answers: list[dict[str, Any]] = []
        self._errors: list[str] = []
        self._news = threading.Condition()
        self._living = True
        self._orders = 0
        arguments = [kind, url, json.dumps(options or {}), str(every)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.qt.puppet_main", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", **(environment or {})},
            encoding="utf-8",
            cwd=ROOT,
        )
        self._threads = [
            threading.Thread(target=read, daemon=True) for read in (self._read, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()

    # --- what is shown -----------------------------------------------------------------------

    @property
    def shown(self) -> Shown:
        """What the windows show now."""
        return self.samples[-1]["shown"] if self.samples else {}

    def wait(self, holds: Predicate, timeout: float = PATIENCE) -> float:
        """Wait until `holds` is true of what is shown; return since when it has been.

        It is not true while a window that it speaks of is not shown.

        Raises:
            AssertionError: it was not in time, or the process ended.
        """
        deadline = time.monotonic() + timeout
        with self._news:
            while not _true(holds, self.shown):
                left = deadline - time.monotonic()
                assert self._living, f"the process ended\n{self.story}"
                assert left > 0, f"it was not shown within {timeout:g} s\n{self.story}"
                self._news.wait(left)
            since = self.samples[-1]["at"]
            for sample in reversed(self.samples):
                if not _true(holds, sample["shown"]):
                    break
                since = sample["at"]
        return float(since)

    @property
    def disagreements(self) -> list[tuple[object, object]]:
        """Where the two displays of the connection dialog showed different numbers."""
        dialogs = [each["shown"][DIALOG] for each in self.samples if DIALOG in each["shown"]]
        pairs = [(dialog["list"], dialog["bottom"]) for dialog in dialogs]
        return [pair for pair in pairs if pair[0] != pair[1]]

    @property
    def story(self) -> str:
        """What was shown last, and what the process complained of."""
        last = [json.dumps(sample, ensure_ascii=False) for sample in self.samples[-5:]]
        return "\n".join([*last, *self._errors])

    # --- what is done ------------------------------------------------------------------------

    def send(self, **order: Any) -> int:
        """Tell it to do something; return the number of the order, for `answer`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        self._orders += 1
        return self._orders - 1

    def answer(self, number: int) -> dict[str, Any]:
        """Wait until an order was carried out; return what is said of it.

        Raises:
            AssertionError: it could not be.
        """
        deadline = time.monotonic() + PATIENCE
        with self._news:
            while len(self._answers) <= number:
                assert self._living, f"the process ended\n{self.story}"
                assert time.monotonic() < deadline, f"no answer\n{self.story}"
                self._news.wait(1.0)
            answer = self._answers[number]
        assert "error" not in answer, f"{answer['error']}\n{self.story}"
        return answer

    def ask(self, **order: Any) -> dict[str, Any]:
        """Tell it to do something, and wait until it is done."""
        return self.answer(self.send(**order))

    def click(self, window: str, *path: str) -> float:
        """Click on something that can be clicked on; return when, on the clock of all."""
        return float(self.ask(do="click", window=window, path=path)["at"])

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self.process.kill()
        self.process.wait()

    # --- its life ----------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            with self._news:
                (self.samples if "shown" in told else self._answers).append(told)
                self._news.notify_all()
        with self._news:
            self._living = False
            self._news.notify_all()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors.extend(line.rstrip("\n") for line in self.process.stderr)


def _true(holds: Predicate, shown: Shown) -> bool:
    try:
        return bool(holds(shown))
    except KeyError:
        return False


# --- the connection dialog ---------------------------------------------------------------------


def showing(count: int) -> Predicate:
    """Return what tells whether both displays of a connection dialog show this number."""
    return lambda shown: shown[DIALOG]["list"] == shown[DIALOG]["bottom"] == count


def agreed(puppets: Iterable[Puppet], count: int) -> float:
    """Wait until both displays of all show this number; return since when they do."""
    return max(puppet.wait(showing(count)) for puppet in puppets)


def ready(puppet: Puppet) -> None:
    """Wait until a dialog has found its broker."""
    puppet.wait(lambda shown: shown[DIALOG]["status"].endswith("to broker"))


def create(puppet: Puppet) -> None:
    """Create a session, and wait until one is in it."""
    ready(puppet)
    puppet.click(DIALOG, "connect_button")
    puppet.wait(showing(1))


def choose(puppet: Puppet) -> None:
    """Choose the only session of the list."""
    ready(puppet)
    puppet.click(DIALOG, "join_radio")
    puppet.wait(lambda shown: len(shown[DIALOG]["rows"]) == 1)
    puppet.ask(do="row", window=DIALOG, row=0)
    puppet.wait(lambda shown: shown[DIALOG]["can_connect"])


def join(puppet: Puppet) -> float:
    """Choose the only session of the list, and join it; return when that was clicked on."""
    choose(puppet)
    return puppet.click(DIALOG, "connect_button")
