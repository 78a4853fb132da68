"""The probe that tells a broker from anything else."""

from __future__ import annotations

import asyncio

import pytest

from headcount.broker.ports import free_port
from headcount.broker.probe import ACCEPTED, connack, connect_packet
from tests.engines import Engine


def test_a_connect_packet_byte_by_byte() -> None:
    """The packet is that of MQTT 3.1.1, section 3.1, clean session, with user and password."""
    assert connect_packet("me", user="u", password="p", keepalive=10) == (
        b"\x10\x14\x00\x04MQTT\x04\xc2\x00\x0a\x00\x02me\x00\x01u\x00\x01p"
    )
    assert connect_packet("me", keepalive=300)[:12] == b"\x10\x0e\x00\x04MQTT\x04\x02\x01\x2c"
    assert connect_packet("x" * 200)[:3] == b"\x10\xd4\x01"


async def test_a_broker_accepts(engine: Engine) -> None:
    """A broker answers with the code for accepted."""
    assert await connack("127.0.0.1", engine.port, timeout=5.0) == ACCEPTED


async def test_nobody_there() -> None:
    """A port nobody listens on is an OSError."""
    with pytest.raises(ConnectionRefusedError):
        await connack("127.0.0.1", free_port("127.0.0.1"), timeout=5.0)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_something_else_there(answer: bytes) -> None:
    """What hangs up, or answers in another language, is an EOFError."""

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"headcount-probe")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(other, "127.0.0.1", 0) as server:
        with pytest.raises(EOFError):
            await connack("127.0.0.1", server.sockets[0].getsockname()[1], timeout=5.0)


async def test_silence_ends() -> None:
    """What never answers is a TimeoutError."""

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as server:
        with pytest.raises(TimeoutError):
            await connack("127.0.0.1", server.sockets[0].getsockname()[1], timeout=0.05)
