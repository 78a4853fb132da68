"""Whether a connection lives: pinged when it is silent, dead when it stays so (K8)."""

from __future__ import annotations

from headcount.chat.hub import closing
from headcount.chat.hub.context import Context
from headcount.chat.hub.deadlines import Deadlines
from headcount.chat.hub.effects import Probe
from headcount.chat.hub.model import Connection


class Pulse:
    """The pings of all connections of one hub."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._due: Deadlines[str] = Deadlines()
        context.leaving.append(lambda connection: self._due.cancel(connection.id))

    def opened(self, connection: Connection) -> None:
        """Begin to watch a connection; a crowd that came at once is not pinged at once."""
        soonest = self._context.settings.ping * self._context.rng.uniform(0.5, 1.0)
        self._due.set(connection.id, self._context.now + soonest)

    def heard(self, connection: Connection) -> None:
        """Note that anything was heard of it."""
        connection.heard = self._context.now
        if connection.pinged:
            connection.pinged = False
            self._due.set(connection.id, connection.heard + self._context.settings.ping)

    def tick(self) -> None:
        """Ping who has been silent, and drop who did not answer."""
        for name in self._due.take(self._context.now):
            connection = self._context.connections.get(name)
            if connection is None:
                continue
            if connection.pinged:
                self._context.count("silent")
                self._context.drop(connection, closing.SILENT, "silent")
            else:
                self._ping_if_silent(connection)

    def stalled(self, seconds: float) -> None:
        """Give everybody the time in which the server itself heard nothing."""
        self._due.delay(seconds)

    def next_deadline(self) -> float | None:
        """Return when the next connection is to be looked at."""
        return self._due.next()

    def _ping_if_silent(self, connection: Connection) -> None:
        now, settings = self._context.now, self._context.settings
        if now - connection.heard < settings.ping / 2:
            self._due.set(connection.id, connection.heard + settings.ping)
            return
        connection.pinged = True
        self._context.emit(Probe(connection.id))
        self._due.set(connection.id, now + settings.timeout)
