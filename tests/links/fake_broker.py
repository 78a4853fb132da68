"""A listener that answers MQTT packets as a test wants it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CONNECT, PUBLISH, SUBSCRIBE, UNSUBSCRIBE = 0x10, 0x30, 0x80, 0xA0
PINGREQ, DISCONNECT = 0xC0, 0xE0
ACCEPTED_5 = b"\x20\x03\x00\x00\x00"
ACCEPTED_311 = b"\x20\x02\x00\x00"
PONG = b"\xd0\x00"

Answer = Callable[[int, bytes], bytes | None]
"""From a packet's type and body to the bytes that answer it; None closes the connection."""


def accept_5(kind: int, body: bytes) -> bytes:
    """Answer as a broker does that speaks MQTT 5."""
    return {CONNECT: ACCEPTED_5, PINGREQ: PONG}.get(kind, b"")


def accept_311(kind: int, body: bytes) -> bytes | None:
    """Answer as NATS does: MQTT 5 is refused with code 1 and a close."""
    if kind == CONNECT:
        return ACCEPTED_311 if body[6] == 4 else b"\x20\x02\x00\x01"
    return {PINGREQ: PONG}.get(kind, b"")


@dataclass
class FakeBroker:
    """Where it listens and what came, as pairs of a packet's type and body."""

    port: int = 0
    connections: int = 0
    packets: list[tuple[int, bytes]] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Its address."""
        return f"mqtt://127.0.0.1:{self.port}"

    def count(self, kind: int) -> int:
        """Return how many packets of a type came."""
        return sum(each == kind for each, _ in self.packets)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a packet has made `condition` true."""
        async with asyncio.timeout(10):
            while not condition():
                self.came.clear()
                await self.came.wait()


@asynccontextmanager
async def fake_broker(answer: Answer) -> AsyncIterator[FakeBroker]:
    """Listen on a free port of the loopback."""
    broker = FakeBroker()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        broker.connections += 1
        broker.writers.append(writer)
        try:
            while True:
                kind, body = await _packet(reader)
                broker.packets.append((kind, body))
                broker.came.set()
                reply = answer(kind, body)
                if reply is None or kind == DISCONNECT:
                    break
                writer.write(reply)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    broker.port = server.sockets[0].getsockname()[1]
    try:
        yield broker
    finally:
        server.close()
        for writer in broker.writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    kind = (await reader.readexactly(1))[0] & 0xF0
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return kind, await reader.readexactly(length)
