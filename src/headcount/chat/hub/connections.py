"""The connections that are open, by id and by address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from headcount.chat.hub.deadlines import Deadlines
from headcount.chat.hub.model import Connection


class Connections:
    """All open connections by id, and by address."""

    def __init__(self) -> None:
        self._open: dict[str, Connection] = {}
        self._by_address: defaultdict[str, set[str]] = defaultdict(set)
        self.refused: Deadlines[str] = Deadlines()
        """Addresses from which a second window was refused, until when that matters."""

    def __contains__(self, connection: str) -> bool:
        return connection in self._open

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)

    def get(self, connection: str) -> Connection | None:
        """Return a connection by its id, or None if it is not open any more."""
        return self._open.get(connection)

    def from_address(self, address: str) -> int:
        """Return how many connections there are from an address."""
        return len(self._by_address.get(address, ()))

    def add(self, connection: Connection) -> None:
        """Note that a connection is open."""
        self._open[connection.id] = connection
        self._by_address[connection.address].add(connection.id)

    def remove(self, connection: Connection) -> bool:
        """Note that it is no more; return whether it was."""
        if self._open.get(connection.id) is not connection:
            return False
        del self._open[connection.id]
        here = self._by_address[connection.address]
        here.discard(connection.id)
        if not here:
            del self._by_address[connection.address]
        return True
