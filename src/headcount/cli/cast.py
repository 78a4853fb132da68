"""Real `headcount` processes, as the demonstration watches them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from headcount.errors import HeadcountError

_LINE_LIMIT = 1024 * 1024


class Actor:
    """One process that takes part in a session, and what it shows.

    Args:
        name: who it is, to people.
        changed: called after each of its events.
    """

    def __init__(self, name: str, changed: Callable[[Actor], None]) -> None:
        self.name = name
        self.state: Mapping[str, Any] | None = None
        """The last state it showed."""
        self.connected_at = 0.0
        """When it was connected, in seconds on the monotonic clock."""
        self.count_at = 0.0
        """When it began to show the number it shows."""
        self.closed: str | None = None
        """Why the session was over for it."""
        self.closed_at = 0.0
        self.killed = False
        self._changed = changed
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def count(self) -> int | None:
        """The number of instances it shows, or None when it shows none."""
        return None if self.state is None or not self.running else int(self.state["count"])

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """Its process id, while it lives."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def is_host(self) -> bool:
        """Whether it hosts the session it shows."""
        if self.state is None:
            return False
        host = self.state["members"].get(self.state["host_client_id"])
        return host is not None and host["name"] == self.name

    async def start(self, arguments: list[str], environment: Mapping[str, str]) -> None:
        """Run `headcount` with these arguments."""
        self.state = self.closed = None
        self.killed = False
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "headcount.cli", *arguments, "--name", self.name, "--json"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={**_surroundings(), **environment},
            limit=_LINE_LIMIT,
        )
        self._reading = asyncio.create_task(self._read(self._process))

    def type(self, line: str) -> None:
        """Type a line on its standard input."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(f"{line}\n".encode())

    def kill(self) -> None:
        """Kill it, as a crash would."""
        self.killed = True
        if self._process is not None and self.running:
            self._process.kill()

    async def ended(self) -> None:
        """Wait for its end."""
        if self._process is not None:
            await self._process.wait()
        if self._reading is not None:
            await self._reading

    async def dismiss(self) -> None:
        """Make sure that it has ended."""
        if self._process is not None and self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self.ended()

    async def _read(self, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            event = msgspec.json.decode(line)
            match event["event"]:
                case "connected":
                    self.connected_at = event["at"]
                case "state":
                    if self.state is None or self.state["count"] != event["count"]:
                        self.count_at = event["at"]
                    self.state = event
                case "closed":
                    self.closed, self.closed_at = event["reason"], event["at"]
                case "refused":
                    raise HeadcountError(f"{self.name} was refused: {event['message']}")
            self._changed(self)
        await process.wait()
        self._changed(self)


def _surroundings() -> dict[str, str]:
    """Return this process's variables without the options of its user."""
    kept = "HEADCOUNT_NATS_SERVER"
    return {k: v for k, v in os.environ.items() if k == kept or not k.startswith("HEADCOUNT_")}
