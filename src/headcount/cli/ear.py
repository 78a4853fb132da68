"""A bare connection that remembers what it hears, for commands that look after a broker."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import NamedTuple, Self

from headcount.core.codec import encode
from headcount.core.messages import Presence
from headcount.core.state import Incarnation
from headcount.core.topics import Kind, Topic
from headcount.errors import NoBrokerError
from headcount.links.link import Connection, Will
from headcount.links.mqtt import MqttConnector

PATIENCE = 5.0
"""Seconds to wait for what should come at once."""


class Heard(NamedTuple):
    """One message as it came."""

    topic: str
    payload: bytes
    retained: bool


class Ear:
    """One connection under an id of its own.

    Args:
        role: what the id begins with.
        root: the prefix below which our topics are.
    """

    connection: Connection

    def __init__(self, role: str, root: str) -> None:
        self.client_id = f"{role}_{secrets.token_hex(6)}"
        self.root = root
        self.heard: list[Heard] = []
        self.listener: Callable[[Heard], None] | None = None
        self._own = self.topic(Kind.PRESENCE, None, self.client_id)
        self._nonce = secrets.token_hex(8)
        self._said = self._passed = 0
        self._lost: str | None = None
        self._changed = asyncio.Event()

    def topic(self, kind: Kind, session_id: str | None = None, client_id: str | None = None) -> str:
        """Return the text of one of our topics."""
        return Topic(kind, session_id, client_id).text(self.root)

    async def connect(self, connector: MqttConnector, will: Will | None = None) -> Self:
        """Connect, and be able to hear oneself.

        Raises:
            NoBrokerError: no address could be used.
        """
        self.connection = await connector.connect(self.client_id, will, self)
        self.connection.subscribe([self._own])
        return self

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Remember a message; one's own marks are kept apart."""
        if topic == self._own:
            self._passed += 1
        else:
            heard = Heard(topic, payload, retained)
            self.heard.append(heard)
            if self.listener is not None:
                self.listener(heard)
        self._changed.set()

    def connection_lost(self, reason: str) -> None:
        """Remember why the connection ended."""
        self._lost = reason
        self._changed.set()

    @property
    def lost(self) -> bool:
        """Whether the connection ended by itself."""
        return self._lost is not None

    async def until(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> bool:
        """Wait until what was heard makes `condition` true; tell whether it did in time.

        Raises:
            NoBrokerError: the connection was lost.
        """
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    if self._lost is not None:
                        raise NoBrokerError(f"the connection to the broker ended: {self._lost}")
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def settle(self, timeout: float = PATIENCE) -> bool:
        """Wait until a message to oneself has come back, and all that was sent before it."""
        self._said = wanted = self._said + 1
        birth = Presence("birth", Incarnation(self._nonce, 1), wanted)
        self.connection.publish(self._own, encode(birth))
        return await self.until(lambda: self._passed >= wanted, timeout)

    async def subscribe(self, filters: Sequence[str]) -> bool:
        """Subscribe, and wait until what is retained there has come; tell whether it did."""
        self.connection.subscribe(filters)
        return await self.settle()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection = getattr(self, "connection", None)
        if connection is not None:
            await connection.close()
