"""Connections before they are WebSockets: how many, and for how long."""

from __future__ import annotations

import asyncio
import sys
import time
from urllib.parse import urlsplit

import pytest

from headcount.chat.server import arrivals, listening
from headcount.chat.server.arrivals import Arrivals
from headcount.chat.server.proxies import Proxies
from headcount.chat.server.server import ChatServer
from tests.chat.clients import G1
from tests.chat.http import Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place

HEALTH = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n"
LOGIN = b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
UNFINISHED = {
    "nothing": b"",
    "half a head": HEALTH,
    "half a handshake": b"GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
    "half a body": LOGIN + b"\r\n{",
    "a body that is waited for": LOGIN + b"Expect: 100-continue\r\n\r\n",
    "half of the next": HEALTH + b"\r\n" + LOGIN + b"\r\n{",
    "a body that nobody reads": HEALTH + b"Content-Length: 100\r\n\r\n{",
}


async def opened(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a connection to a server."""
    address = urlsplit(url)
    return await asyncio.open_connection(address.hostname, address.port)


async def ended(reader: asyncio.StreamReader) -> bool:
    """Return whether the server ends a connection, after whatever it says."""
    try:
        await asyncio.wait_for(reader.read(), 8.0)
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def test_an_address_has_so_many_and_a_proxy_any_number() -> None:
    """Who is gone leaves a place."""
    doors = Arrivals(2, 50, Proxies.parse(["10.0.0.9"]))
    assert [doors.come("10.0.0.1", 1) for _ in range(3)] == [True, True, False]
    assert doors.come("10.0.0.2", 1)
    doors.go("10.0.0.1")
    assert doors.come("10.0.0.1", 1)
    assert all(doors.come("10.0.0.9", 50) for _ in range(9))
    assert not doors.come("10.0.0.9", 51)
    assert [doors.come(f"2001:db8::{n}", 1) for n in range(3)] == [True, True, False]


@pytest.mark.parametrize("sent", UNFINISHED.values(), ids=UNFINISHED)
async def test_what_is_never_finished_is_not_waited_for(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """Half a request stays for some seconds, and never counts."""
    monkeypatch.setattr(arrivals, "REQUEST", 0.2)
    reader, writer = await opened(server.url)
    writer.write(sent)
    assert await ended(reader)
    assert server.place.runner.transports == 0
    writer.close()


async def test_a_client_that_says_a_little_now_and_then_is_not_waited_for_either(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is that of the whole request."""
    monkeypatch.setattr(arrivals, "REQUEST", 0.3)
    reader, writer = await opened(server.url)

    async def drip() -> None:
        while not reader.at_eof():
            writer.write(b"X" if reader.exception() is None else b"")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    assert await ended(reader)
    dripping.cancel()
    await asyncio.wait({dripping})
    writer.close()


async def test_an_answer_that_is_not_read_ends_the_connection(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After all that system and server may keep for it is full."""
    monkeypatch.setattr(arrivals, "READING", 0.2)
    _, writer = await opened(server.url)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"x" * 30_000) * 2_000)
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(writer.drain(), 20.0)
    assert (await Http(server.url).get("/api/health")).status == 200


async def test_too_many_that_say_nothing_are_not_let_in(local: Place) -> None:
    """WebSockets are counted apart, so whoever is in stays; a place is free again in time."""
    async with started(local, hub={"per_address": 5}) as server:
        async with G1.open(server.url) as client:
            await client.shows(1)
            silent = [await opened(server.url) for _ in range(10)]
            reader, writer = await opened(server.url)
            assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
            silent[0][1].close()
            await silent[0][1].wait_closed()
            async with asyncio.timeout(8.0):
                while not await _is_answered(server.url):
                    pass
            assert client.closed is None
        for _, each in [*silent[1:], (reader, writer)]:
            each.close()


async def test_there_is_no_room_for_more_than_the_process_may_have_open(
    local: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the database's own file could not be opened any more; WebSockets take room too."""
    monkeypatch.setattr(listening, "open_files", lambda: 8)
    async with started(local) as server, G1.open(server.url) as client:
        await client.shows(1)
        silent = [await opened(server.url) for _ in range(3)]
        reader, writer = await opened(server.url)
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
        for _, each in [*silent, (reader, writer)]:
            each.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there connections are no files")
def test_a_process_may_have_as_many_files_open_as_its_system_lets_it() -> None:
    """What is usual, 1,024 or 256, is less than a server needs."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
        assert listening.open_files() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_websocket_and_a_long_answer_are_no_unfinished_request(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what the client owes is waited for."""
    monkeypatch.setattr(arrivals, "REQUEST", 0.1)
    async with G1.open(server.url) as client:
        await client.shows(1)
        token = await Http(server.url).token("alice")
        for _ in range(3):
            assert (await Http(server.url).get("/api/auth/verify", token=token)).status == 200
        assert client.closed is None
        assert server.place.runner.transports == 1


async def _is_answered(url: str) -> bool:
    try:
        return (await Http(url).get("/api/health")).status == 200
    except OSError:
        return False


async def test_a_stop_waits_for_no_request_that_is_not_whole(
    local: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody can answer it; and it is no fault."""
    async with started(local) as server:
        there = [await opened(server.url) for _ in UNFINISHED]
        for (_, writer), sent in zip(there, UNFINISHED.values(), strict=True):
            writer.write(sent)
        assert await _is_answered(server.url)
        began = time.monotonic()
    assert time.monotonic() - began < 2.0
    for reader, writer in there:
        assert await ended(reader)
        writer.close()
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []
