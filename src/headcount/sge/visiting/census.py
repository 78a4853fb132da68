"""Who is in a session of existing SGE instances, as one who is in it can hear.

Their state says who is connected, and is wrong as soon as two of them write over each other or
one is killed. What each of them says of itself is right: that it is ready, every 3 s its seed,
and that it goes. So one of ours among them puts the state right.
"""

from __future__ import annotations

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Heard, Word

WRITES_ITSELF = 6.0
"""Seconds in which one that is ready writes itself into the state."""
MAX_KNOWN = 1000


class Census:
    """Signs of life and of leaving. Times are seconds on one monotonic clock."""

    def __init__(self) -> None:
        self.ready: dict[str, float] = {}
        """Who says to be ready, and since when."""
        self._gone: dict[str, float] = {}
        """Who said goodbye: after having taken itself out of the state."""
        self._heard: dict[str, float] = {}
        self._since = 0.0

    def restart(self, now: float) -> None:
        """Take nobody for silent who could not be heard until now."""
        self._since = now

    def heard(self, message: Heard, now: float) -> None:
        """Take a message of theirs."""
        client_id = message.client_id
        if client_id and not message.retained:
            _put(self._heard, client_id, now)
        match message.word:
            case Word.READY if message.fields is None:
                self._leaves(message.name, now)
            case Word.READY:
                self._gone.pop(message.name, None)
                if message.name not in self.ready:
                    _put(self.ready, message.name, now)
            case Word.DISCONNECT:
                self._leaves(client_id, now)

    def corrected(self, session: SGDistributedSession, me: str, now: float) -> list[str]:
        """Return who is connected: oneself, the creator, and whoever shows to be there."""
        kept = {me, session.creator_client_id}
        there = [
            client_id
            for client_id in session.connected_instances
            if client_id in kept or not self._is_gone(client_id, now)
        ]
        back = [
            client_id
            for client_id, since in self.ready.items()
            if now - since >= WRITES_ITSELF and self._is_heard(client_id, now)
        ]
        return list(dict.fromkeys([*there, *back, me]))

    def _leaves(self, client_id: str, now: float) -> None:
        self.ready.pop(client_id, None)
        _put(self._gone, client_id, now)

    def _is_heard(self, client_id: str, now: float) -> bool:
        return now - self._heard.get(client_id, float("-inf")) < wire.SILENT

    def _is_gone(self, client_id: str, now: float) -> bool:
        if client_id in self._gone:
            return True
        return now - max(self._since, self._heard.get(client_id, self._since)) >= wire.SILENT


def _put(table: dict[str, float], client_id: str, now: float) -> None:
    """Note it; of too many the oldest goes."""
    table.pop(client_id, None)
    table[client_id] = now
    if len(table) > MAX_KNOWN:
        del table[next(iter(table))]
