"""The list of live sessions, kept for as long as somebody reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from headcount.backlog import Backlog
from headcount.core import events as e
from headcount.core.state import SessionState
from headcount.errors import CONNECTION_CLOSED, SessionEndedError
from headcount.exchange import Exchange


class Listing:
    """One connection's list: asked for by the first reader, given up with the last."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._latest: tuple[SessionState, ...] | None = None
        self._readers: set[Backlog[tuple[SessionState, ...]]] = set()
        exchange.list_changed = self._changed

    @property
    def latest(self) -> list[SessionState] | None:
        """The list as it was told last, while somebody reads it."""
        return None if self._latest is None else list(self._latest)

    async def read(self) -> list[SessionState]:
        """Return the list, once it is confirmed.

        Raises:
            SessionEndedError: the connection to the broker was closed meanwhile.
        """
        with self._reading() as lists:
            async for sessions in lists:
                return list(sessions)
        raise SessionEndedError("left", CONNECTION_CLOSED)

    async def watch(self) -> AsyncIterator[list[SessionState]]:
        """Iterate over the lists; of several that a slow reader missed it gets the last."""
        with self._reading() as lists:
            async for sessions in lists:
                yield list(sessions)

    def end(self) -> None:
        """Let every iteration end."""
        for reader in self._readers:
            reader.end()

    @contextmanager
    def _reading(self) -> Iterator[Backlog[tuple[SessionState, ...]]]:
        lists = Backlog[tuple[SessionState, ...]](limit=1)
        if self._latest is not None:
            lists.put(self._latest)
        first = not self._readers
        self._readers.add(lists)
        try:
            if first:
                self._exchange.tell(e.Browse())
            yield lists
        finally:
            self._readers.discard(lists)
            if not self._readers:
                self._latest = None
                if self._exchange.open:
                    self._exchange.tell(e.StopBrowsing())

    def _changed(self, notice: e.SessionsListed) -> None:
        self._latest = notice.sessions
        for reader in self._readers:
            reader.put(notice.sessions)
