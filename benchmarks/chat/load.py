"""The load program: compiled once, then told what to do (`load/main.c` says what it can)."""

from __future__ import annotations

import functools
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.engines import EngineMissingError

from benchmarks.chat.process import LOAD, Process

SOURCES = Path(__file__).parent / "load"
NAMED = '{"type":"setPseudo","pseudo":"load"}'
FLAGS = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-D_GNU_SOURCE")


@functools.cache
def _place() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="headcount-load-")


@functools.cache
def program() -> Path:
    """Compile the load program; return where it is.

    Raises:
        EngineMissingError: there is no C compiler.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise EngineMissingError("a C compiler (cc) is not installed")
    made = Path(_place().name) / "load"
    sources = map(str, sorted(SOURCES.glob("*.c")))
    subprocess.run([compiler, *FLAGS, "-o", str(made), *sources], check=True)
    return made


@dataclass(frozen=True, slots=True)
class Talk:
    """What became of some messages; times in seconds.

    Args:
        receivers: how many were to get each.
        deliveries: how many came.
        lost: how many did not.
        disorder: how many came after a later one, or twice.
        seconds: from the first sent to the last delivered.
        cpu: what the load program itself took.
        refused: frames of type `error`.
        cut: connections that the server ended.
    """

    sent: int
    receivers: int
    deliveries: int
    lost: int
    disorder: int
    seconds: float
    p50: float
    p99: float
    max: float
    refused: int
    cut: int
    cpu: float

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        return self.deliveries / self.seconds if self.seconds else 0.0


class Load(Process):
    """Many clients of one server.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        super().__init__([str(program()), "127.0.0.1", str(port), "/ws"], LOAD)

    def open(self, number: int, at_once: int | None = None) -> dict[str, Any]:
        """Open so many connections more, all in one instant or so many at a time.

        Raises:
            RuntimeError: some were refused.
        """
        opened = self.ask(f"open {number} {at_once or number}")
        if opened["failed"]:
            raise RuntimeError(f"{opened['failed']} of {number} connections were refused")
        return opened

    def settle(self, patience: float = 30.0) -> dict[str, Any]:
        """Wait until everybody has been told how many are open."""
        return self.ask(f"settle {patience}")

    def name(self) -> None:
        """Give the first client a name, so that it may write.

        Raises:
            RuntimeError: it was not given one.
        """
        if not self.ask(f"tell success {NAMED}")["ok"]:
            raise RuntimeError("the first client was given no name")

    def authenticate(self, token: str) -> float:
        """Show a token, as the first client; return how long it took to be accepted.

        Raises:
            RuntimeError: it was not.
        """
        began = time.monotonic()
        if not self.ask(f'tell auth:ack {{"type":"auth","token":"{token}"}}')["ok"]:
            raise RuntimeError("the token was not accepted")
        return time.monotonic() - began

    def send(self, messages: int, flight: int, size: int) -> Talk:
        """Send messages of `size` characters, so many under way at once."""
        return Talk(**self.ask(f"send {messages} {flight} {size}"))

    def pace(self, messages: int, rate: float, size: int) -> Talk:
        """Send messages of `size` characters, so many a second."""
        return Talk(**self.ask(f"pace {messages} {rate} {size}"))
