"""A broker in memory: the link for tests, and for trying a game without a network.

It behaves as MQTT does where Headcount relies on it: retained messages, wills, `+` and `#`,
one order for all subscribers. Nothing depends on timing, and there are no sockets. Connections
may live on different event loops, in different threads.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headcount.errors import BrokerRefusedError
from headcount.links.link import Receiver, Will


def matches(pattern: str, topic: str) -> bool:
    """Tell whether the filter `pattern` asks for `topic` (MQTT 3.1.1, 4.7)."""
    levels, wanted = topic.split("/"), pattern.split("/")
    if wanted[-1] == "#":
        wanted.pop()
        levels = levels[: len(wanted)] if len(levels) >= len(wanted) else levels
    return len(wanted) == len(levels) and all(
        want in ("+", level) for want, level in zip(wanted, levels, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Retained:
    payload: bytes
    deadline: float | None


class MemoryBroker:
    """The broker; `connector()` makes the way to it.

    Set `refuse` to let nobody in, as a broker does that is not running.
    """

    address = "memory://broker"

    def __init__(self, *, expiry: bool = False) -> None:
        """Begin with nothing retained; `expiry` tells whether messages can expire."""
        self.refuse = False
        self.expiry = expiry
        self._lock = threading.RLock()
        self._connections: dict[str, MemoryConnection] = {}
        self._retained: dict[str, _Retained] = {}

    @property
    def retained(self) -> dict[str, bytes]:
        """The retained messages by topic, in the order in which the topics came up."""
        with self._lock:
            return {topic: kept.payload for topic, kept in self._retained.items()}

    @property
    def client_ids(self) -> list[str]:
        """Who is connected."""
        with self._lock:
            return list(self._connections)

    def connector(self) -> MemoryConnector:
        """Return a connector to this broker."""
        return MemoryConnector(self)

    def restart(self, *, keep_retained: bool = True) -> None:
        """End all connections, as a broker does that is killed, and let everybody in again."""
        self.kill()
        if not keep_retained:
            with self._lock:
                self._retained.clear()
        self.refuse = False

    def kill(self) -> None:
        """End all connections, without their wills, and refuse new ones."""
        with self._lock:
            self.refuse = True
            connections = list(self._connections.values())
            self._connections.clear()
        for connection in connections:
            connection._lose("the broker closed the connection")

    def drop(self, client_id: str) -> None:
        """End one connection as a network does; its will is published."""
        with self._lock:
            connection = self._connections.pop(client_id, None)
            if connection is not None:
                connection._lose("the connection broke")
                self._publish_will(connection)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry: int | None = None
    ) -> None:
        """Deliver a message to all who asked for its topic, and keep it if it is retained."""
        with self._lock:
            if retain and payload:
                deadline = None
                if expiry is not None and self.expiry:
                    deadline = asyncio.get_running_loop().time() + expiry
                self._retained[topic] = _Retained(payload, deadline)
            elif retain:
                self._retained.pop(topic, None)
            for connection in self._connections.values():
                if any(matches(pattern, topic) for pattern in connection._filters):
                    connection._deliver(topic, payload, False)

    def _enter(self, connection: MemoryConnection) -> None:
        with self._lock:
            if self.refuse:
                raise BrokerRefusedError("the broker in memory lets nobody in: clear its `refuse`")
            before = self._connections.pop(connection.client_id, None)
            self._connections[connection.client_id] = connection
        if before is not None:
            before._lose("another client connected with the same id")
            self._publish_will(before)

    def _leave(self, connection: MemoryConnection, *, goodbye: bool) -> None:
        with self._lock:
            if self._connections.get(connection.client_id) is connection:
                del self._connections[connection.client_id]
                if not goodbye:
                    self._publish_will(connection)

    def _publish_will(self, connection: MemoryConnection) -> None:
        if connection.will is not None:
            self.publish(connection.will.topic, connection.will.payload)

    def _subscribe(self, connection: MemoryConnection, filters: Sequence[str]) -> None:
        with self._lock:
            now = asyncio.get_running_loop().time()
            for pattern in filters:
                connection._filters[pattern] = None
                for topic in self._under(pattern):
                    kept = self._retained[topic]
                    if kept.deadline is not None and kept.deadline <= now:
                        del self._retained[topic]
                    else:
                        connection._deliver(topic, kept.payload, True)

    def _under(self, pattern: str) -> list[str]:
        """Return the topics of retained messages that a filter asks for."""
        if "+" in pattern or "#" in pattern:
            return [topic for topic in self._retained if matches(pattern, topic)]
        return [pattern] if pattern in self._retained else []

    def _unsubscribe(self, connection: MemoryConnection, filters: Sequence[str]) -> None:
        with self._lock:
            for pattern in filters:
                connection._filters.pop(pattern, None)


class MemoryConnector:
    """Makes connections to one `MemoryBroker`."""

    def __init__(self, broker: MemoryBroker) -> None:
        """Remember the broker."""
        self._broker = broker

    async def connect(
        self, client_id: str, will: Will | None, receiver: Receiver
    ) -> MemoryConnection:
        """Connect.

        Raises:
            BrokerRefusedError: the broker's `refuse` is set.
        """
        connection = MemoryConnection(self._broker, client_id, will, receiver)
        self._broker._enter(connection)
        return connection


class MemoryConnection:
    """One connection to a `MemoryBroker`. After it has ended every call does nothing."""

    dropped = 0

    def __init__(
        self, broker: MemoryBroker, client_id: str, will: Will | None, receiver: Receiver
    ) -> None:
        self.client_id = client_id
        self.will = will
        self._broker = broker
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._filters: dict[str, None] = {}
        self._inbox: deque[tuple[str, bytes, bool]] = deque()
        self._ended = False

    @property
    def address(self) -> str:
        """The broker's address."""
        return self._broker.address

    @property
    def expiry(self) -> bool:
        """Whether messages can expire."""
        return self._broker.expiry

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry: int | None = None
    ) -> None:
        """Publish; an empty retained payload clears the topic. `expiry` in seconds."""
        if not self._ended:
            self._broker.publish(topic, payload, retain=retain, expiry=expiry)

    def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe; a filter one has already brings what is retained once more."""
        if not self._ended:
            self._broker._subscribe(self, filters)

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Ask for no more of these filters."""
        if not self._ended:
            self._broker._unsubscribe(self, filters)

    async def close(self) -> None:
        """Say goodbye (no will follows) and end."""
        self._end(goodbye=True)

    def abort(self) -> None:
        """End at once without a goodbye: the will follows."""
        self._end(goodbye=False)

    def _end(self, *, goodbye: bool) -> None:
        if not self._ended:
            self._ended = True
            self._inbox.clear()
            self._broker._leave(self, goodbye=goodbye)

    def _deliver(self, topic: str, payload: bytes, retained: bool) -> None:
        self._inbox.append((topic, payload, retained))
        self._soon(self._hand_over)

    def _hand_over(self) -> None:
        if self._inbox:
            self._receiver.message_received(*self._inbox.popleft())

    def _lose(self, reason: str) -> None:
        if not self._ended:
            self._ended = True
            self._inbox.clear()
            self._soon(lambda: self._receiver.connection_lost(reason))

    def _soon(self, call: Callable[[], None]) -> None:
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self._loop.call_soon(call)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)
