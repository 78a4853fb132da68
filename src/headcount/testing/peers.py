"""A connection and all it brought, for tests of links."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from secrets import token_hex
from typing import NamedTuple

from headcount.links.link import Connection, Connector, Will

PATIENCE = 10.0
"""How long a test waits for what must come, in seconds."""


class Received(NamedTuple):
    """One message as the link delivered it."""

    topic: str
    payload: bytes
    retained: bool


class Peer:
    """One who connects and remembers what comes."""

    connection: Connection

    def __init__(self) -> None:
        self.client_id = f"peer_{token_hex(6)}"
        self.received: list[Received] = []
        self.losses: list[str] = []
        self._marker = f"marker/{self.client_id}"
        self._marks = count(1)
        self._marked = b""
        self._changed = asyncio.Event()

    async def connect(self, connector: Connector, will: Will | None = None) -> None:
        """Connect; a later call makes a new connection of the same client id."""
        self.connection = await connector.connect(self.client_id, will, self)

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Remember a message; markers are kept apart."""
        if topic == self._marker:
            self._marked = payload
        else:
            self.received.append(Received(topic, payload, retained))
        self._changed.set()

    def connection_lost(self, reason: str) -> None:
        """Remember the loss."""
        self.losses.append(reason)
        self._changed.set()

    @property
    def payloads(self) -> list[bytes]:
        """The payloads received, in order."""
        return [message.payload for message in self.received]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something received has made `condition` true.

        Raises:
            TimeoutError: it did not become true within `PATIENCE`.
        """
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def subscribe(self, *filters: str) -> None:
        """Subscribe, and wait until this is in force: a message to oneself came back."""
        self.connection.subscribe([*filters, self._marker])
        await self.settle()

    async def settle(self) -> None:
        """Wait until a message published now to oneself has come back."""
        mark = str(next(self._marks)).encode()
        self.connection.publish(self._marker, mark)
        await self.until(lambda: self._marked == mark)

    async def store(self, *messages: tuple[str, bytes]) -> None:
        """Publish retained messages, and wait until a subscription shows that they are kept.

        A broker may deliver a message before it keeps it: with NATS some milliseconds lie
        between, in which who subscribes gets what was kept before, or nothing.
        """
        for topic, payload in messages:
            self.connection.publish(topic, payload, retain=True)
        topics = [topic for topic, _ in messages]
        wanted = {topic: payload for topic, payload in messages if payload}
        kept: dict[str, bytes] | None = None
        async with asyncio.timeout(PATIENCE):
            while kept != wanted:
                self.received.clear()
                await self.subscribe(*topics)
                kept = {each.topic: each.payload for each in self.received if each.retained}
        self.connection.unsubscribe(topics)
        await self.settle()
        self.received.clear()


@asynccontextmanager
async def peers(connector: Connector, number: int) -> AsyncIterator[list[Peer]]:
    """Connect so many peers; abort what is left of their connections at the end."""
    crowd: list[Peer] = []
    try:
        for _ in range(number):
            peer = Peer()
            await peer.connect(connector)
            crowd.append(peer)
        yield crowd
    finally:
        for peer in crowd:
            await peer.connection.close()
