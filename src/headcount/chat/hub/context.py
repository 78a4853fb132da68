"""What the parts of a hub share: its clock, its settings, the open connections, its voice."""

from __future__ import annotations

import random
from collections.abc import Callable

from headcount.chat.hub import effects as x
from headcount.chat.hub.connections import Connections
from headcount.chat.hub.model import Connection
from headcount.chat.hub.settings import Settings
from headcount.chat.wire.outgoing import Frame


class Context:
    """One hub's means, handed to every part of it.

    Args:
        settings: what the operator chose.
        rng: draws names and jitter; seeded in the simulation.
    """

    def __init__(self, settings: Settings, rng: random.Random) -> None:
        self.settings = settings
        self.rng = rng
        self.now = 0.0
        self.connections = Connections()
        self.leaving: list[Callable[[Connection], None]] = []
        """Called, in this order, with every connection that is no more."""
        self._requests = 0
        self._out: list[x.Effect] = []

    def number(self) -> int:
        """Return the number of a new request."""
        self._requests += 1
        return self._requests

    def emit(self, effect: x.Effect) -> None:
        """Ask for an effect."""
        self._out.append(effect)

    def send(self, connection: Connection, frame: Frame) -> None:
        """Send a frame to one connection."""
        self._out.append(x.Send(connection.id, frame))

    def count(self, metric: str, amount: int = 1) -> None:
        """Add to a metric."""
        self._out.append(x.Count(metric, amount))

    def take_effects(self) -> list[x.Effect]:
        """Return what has been asked for since the last call."""
        out, self._out = self._out, []
        return out

    def drop(self, connection: Connection, code: int, reason: str) -> None:
        """Close a connection and forget it: from now on it counts nowhere."""
        if connection.id in self.connections:
            self._out.append(x.Disconnect(connection.id, code, reason))
            self.forget(connection)

    def forget(self, connection: Connection) -> None:
        """Let every part know that a connection is no more; a second time changes nothing."""
        if self.connections.remove(connection):
            for leave in self.leaving:
                leave(connection)
