"""WebSockets: what is let in, what is too much, who is cut off; and what we rely on of uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from importlib.metadata import version
from socket import IPPROTO_TCP, TCP_NODELAY
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
import websockets
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from headcount.chat.server.backlogs import BURST, Backlogs
from headcount.chat.server.hosts import Hosts
from headcount.chat.server.origins import Origins
from headcount.chat.server.proxies import Proxies
from headcount.chat.server.server import ChatServer
from headcount.chat.server.websocket import FAREWELL, SLICE, WebSocket
from tests.chat.clients import G1, G2
from tests.chat.http import Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place

# --- what uvicorn promises -----------------------------------------------------------------------


def test_the_version_of_uvicorn_is_one_that_was_tried() -> None:
    """Another minor version may have changed what our class takes the place of."""
    major, minor = map(int, re.findall(r"\d+", version("uvicorn"))[:2])
    assert (major, minor) in {(0, 52), (0, 53), (0, 54)}


async def test_uvicorn_hands_an_upgrade_over_as_our_class_expects() -> None:
    """By `config`, `server_state` and `app_state`; then the connection, then the request."""
    calls: list[Any] = []

    class Recorder(asyncio.Protocol):
        def __init__(self, **arguments: Any) -> None:
            calls.append(sorted(arguments))

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            calls.append(transport)

        def data_received(self, data: bytes) -> None:
            calls.append(data)

    config = uvicorn.Config(lambda: None, http="h11", ws=Recorder, log_config=None, lifespan="off")
    config.load()
    http = H11Protocol(config, ServerState(), {})
    transport = SimpleNamespace(
        get_extra_info=lambda _: None, set_protocol=calls.append, is_closing=lambda: False
    )
    http.connection_made(transport)  # type: ignore[arg-type]
    request = (
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    http.data_received(request)
    arguments, made, data, protocol = calls
    assert arguments == ["app_state", "config", "server_state"]
    assert made is transport
    assert data.lower() == request.lower()
    assert isinstance(protocol, Recorder)
    assert hasattr(ServerState(), "connections")


# --- who is let in -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/ws", "/ws?x=1"])
async def test_both_paths_are_served_without_compression(server: ChatServer, path: str) -> None:
    """Even to clients that offer it."""
    async with G1.open(server.url, path, compression="deflate") as client:
        await client.shows(1)
        assert client.socket.response is not None
        assert "Sec-WebSocket-Extensions" not in client.socket.response.headers


async def test_other_paths_are_not(server: ChatServer) -> None:
    """With the status that says so."""
    with pytest.raises(websockets.InvalidStatus, match="404"):
        await G1.connect(server.url, "/other")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"]
)
async def test_a_page_of_another_server_is_refused(server: ChatServer, origin: str) -> None:
    """Unless an operator has named it."""
    with pytest.raises(websockets.InvalidStatus, match="403"):
        await G1.connect(server.url, origin=origin)
    assert server.place.runner.transports == 0


async def test_its_own_page_and_those_named_are_let_in(local: Place) -> None:
    """And what is no browser, which names no origin."""
    async with started(local, origins=Origins.parse(["https://desk.example", "null"])) as server:
        for origin in (server.url, "https://desk.example", "null", None):
            async with G1.open(server.url, origin=origin) as client:
                await client.shows(1)
        with pytest.raises(websockets.InvalidStatus, match="403"):
            await G1.connect(server.url, origin="https://evil.example")


async def test_an_address_has_a_bounded_number_of_connections(local: Place) -> None:
    """Those beyond are told why; forged headers give nobody more."""
    async with started(local, hub={"per_address": 5}) as server:
        clients = [await G1.connect(server.url) for _ in range(5)]
        late = await G1.connect(server.url, additional_headers={"X-Forwarded-For": "203.0.113.9"})
        assert (await late.gone())[0] == 1013
        assert late.of_type("error")[0]["code"] == "TOO_MANY_CONNECTIONS"
        await clients[0].shows(5)
        for client in clients:
            await client.close()


async def test_behind_a_trusted_proxy_each_client_has_its_own(local: Place) -> None:
    """Then the header counts."""
    proxies = Proxies.parse(["127.0.0.0/8"])
    async with started(local, hub={"per_address": 1}, proxies=proxies) as server:
        headers = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(3)]
        clients = [await G1.connect(server.url, additional_headers=each) for each in headers]
        await clients[0].shows(3)
        again = await G1.connect(server.url, additional_headers=headers[0])
        assert (await again.gone())[0] == 1013
        for client in clients:
            await client.close()


async def test_of_ipv6_a_whole_network_counts_as_one_address(local: Place) -> None:
    """Every household has as many addresses in it as it likes; operators see which it was."""
    proxies = Proxies.parse(["127.0.0.0/8"])
    async with started(local, hub={"per_address": 1}, proxies=proxies) as server:
        addresses = ["2001:db8::1", "2001:db8:0:1::1", "2001:db8::2"]
        headers = [{"X-Forwarded-For": address} for address in addresses]
        clients = [await G1.connect(server.url, additional_headers=each) for each in headers]
        assert (await clients[2].gone())[0] == 1013
        await clients[0].shows(2)
        shown = [each.address for each in server.place.runner.present()]
        assert shown == addresses[:2]
        for client in clients:
            await client.close()


async def test_nothing_waits_to_be_sent_with_what_comes_next(server: ChatServer) -> None:
    """Nagle's delay is off: with it, a small answer may take 40 ms."""
    async with G1.open(server.url) as client:
        await client.shows(1)
        [socket] = server.place.runner._sockets.values()
        raw = socket._transport.get_extra_info("socket")
        assert raw.getsockopt(IPPROTO_TCP, TCP_NODELAY)


# --- what is too much ----------------------------------------------------------------------------


BAD = ["", "null", "[]", "7", "{", '{"type":7}', "[" * 30_000, '{"type":"message","text":{}}']


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("binary", [False, True])
async def test_what_is_no_message_is_answered(server: ChatServer, text: str, binary: bool) -> None:
    """With the text that existing clients know; nobody else notices."""
    async with G1.open(server.url) as client, G1.open(server.url) as other:
        await client.socket.send(text.encode() if binary else text)
        error = await client.next("error")
        assert error == {"type": "error", "message": "Invalid message payload"}
        await client.call_itself("Zed")
        await client.next("success")
        assert other.closed is None


async def test_unknown_types_are_ignored(server: ChatServer) -> None:
    """As existing clients expect: they send some that nobody needs."""
    async with G1.open(server.url) as client:
        await client.send("ping")
        await client.send("whatever", x=1)
        await client.call_itself("Zed")
        await client.next("success")
        assert client.of_type("error") == []


@pytest.mark.parametrize("size", [65_537, 10_000_000])
async def test_a_frame_that_is_too_large_ends_the_connection(server: ChatServer, size: int) -> None:
    """With a code that says why, whatever it holds; others are not affected."""
    async with G1.open(server.url) as other:
        client = await G1.connect(server.url)
        with contextlib.suppress(websockets.ConnectionClosed):
            await client.socket.send("x" * size)
        assert (await client.gone())[0] in (1009, 1006)  # it may be cut off before it reads that
        await other.shows(1)
        assert other.closed is None


async def test_it_is_refused_by_its_header(server: ChatServer) -> None:
    """A frame of 100 MB is not waited for: its length is enough."""
    client = await G1.connect(server.url)
    await client.shows(1)
    head = bytes((0x81, 0xFF)) + (100_000_000).to_bytes(8) + b"\0\0\0\0"
    client.socket.transport.write(head)
    assert (await client.gone())[0] == 1009


async def test_a_message_in_many_pieces_counts_as_a_whole(server: ChatServer) -> None:
    """It is put together, and may not be larger than one in one piece."""
    async with G2.open(server.url) as client:
        pieces = ['{"type":', '"setPseudo",', '"pseudo":"Zed"}']
        await client.socket.send(iter(pieces))
        await client.next("success")
        with contextlib.suppress(websockets.ConnectionClosed):
            await client.socket.send("x" * 1000 for _ in range(1000))
        assert (await client.gone())[0] in (1009, 1006)


async def test_who_does_not_read_is_cut_off_and_nobody_waits(local: Place) -> None:
    """What may wait for one client is bounded; the room goes on."""
    async with started(local, hub={"burst": 100_000}, longest_wait=50_000) as server:
        http = Http(server.url)
        token = await http.token("alice")
        async with G2.logged_in(server.url, token, max_size=None) as alice:
            slow = await G1.connect(server.url)
            await alice.shows(2)
            slow.freeze()
            for number in range(60):
                for _ in range(100):
                    await alice.say("x" * 500)
                said = 100 * (number + 1)
                await alice.until(lambda each, said=said: len(each.messages) == said)
            await alice.shows(1)
            assert server.place.runner.figures.counts["dropped"] == 1
            slow.kill()


async def test_a_ping_of_a_client_is_answered(server: ChatServer) -> None:
    """With a pong that carries the same."""
    async with G1.open(server.url) as client:
        await asyncio.wait_for(await client.socket.ping(b"hello"), 5)


async def test_a_thousand_frames_in_one_second_harm_nobody(server: ChatServer, http: Http) -> None:
    """They are refused in words; others talk on meanwhile."""
    token = await http.token("alice")
    async with G2.logged_in(server.url, token) as alice, G1.open(server.url) as flood:
        for _ in range(1000):
            await flood.socket.send(json.dumps({"type": "message", "text": "x"}))
        await alice.say("hello")
        await alice.until(lambda each: each.texts == ["hello"], 3.0)
        assert (await http.get("/api/health")).status == 200


async def test_a_ping_flood_is_cut_off(server: ChatServer) -> None:
    """With the code that says why, and so is a message in endless empty parts."""
    for frame in (PINGED, PART):
        client = await G1.connect(server.url)
        await client.shows(1)
        client.socket.transport.write((START if frame is PART else b"") + frame * 5_000)
        assert await client.gone() == (1008, "too many frames")


# --- one client at a time ------------------------------------------------------------------------

PINGED = b"\x89\x80\0\0\0\0"
START, PART = b"\x01\x80\0\0\0\0", b"\x00\x80\0\0\0\0"
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Bare:
    """A house and a transport that only note what is done to them."""

    def __init__(self) -> None:
        self.hosts, self.origins, self.proxies = Hosts(), Origins(), Proxies()
        self.longest_frame = 1 << 16
        self.backlogs = Backlogs(1 << 16, 1 << 24, lambda: 0.0)
        self.is_open = True
        self.signs = self.drops = self.waiting = 0
        self.reads = True
        self.ended: list[str] = []
        self.written = b""
        self.socket = WebSocket(self, set())
        self.socket.connection_made(self)  # type: ignore[arg-type]
        self.socket.data_received(HANDSHAKE)

    def opened(self, *_: Any) -> str:
        """Let a connection in."""
        return "a"

    def alive(self, id: str) -> None:
        """Count it."""
        self.signs += 1

    def dropped(self) -> None:
        """Count it."""
        self.drops += 1

    def closed(self, id: str) -> None:
        """Note it."""
        self.ended.append(id)

    def get_extra_info(self, _: str) -> None:
        """Know nothing."""

    def get_write_buffer_size(self) -> int:
        """Tell what waits."""
        return self.waiting

    def is_closing(self) -> bool:
        """Tell whether it was aborted."""
        return "aborted" in self.ended

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written += data

    def abort(self) -> None:
        """Note it."""
        self.ended.append("aborted")

    def pause_reading(self) -> None:
        """Note it."""
        self.reads = False

    def resume_reading(self) -> None:
        """Note it."""
        self.reads = True


async def test_a_flood_is_looked_at_in_parts() -> None:
    """Between two of them all others have their turn; nothing is left out."""
    bare = Bare()
    bare.socket.data_received(PINGED * 20_000)
    turns = 0
    while not bare.reads:
        assert bare.signs <= (turns + 1) * (SLICE // len(PINGED) + 1)
        turns += 1
        await asyncio.sleep(0)
    assert turns > 5
    assert bare.signs == 20_000


async def test_what_comes_while_parts_are_looked_at_waits_its_turn() -> None:
    """A transport may hold more than it was told to stop at, as that of TLS does."""
    bare = Bare()
    bare.socket.data_received(PINGED * 5_000 + PINGED[:3])
    bare.socket.data_received(PINGED[3:])
    while not bare.reads:
        await asyncio.sleep(0)
    assert bare.signs == 5_001


async def test_pongs_wait_for_a_client_no_longer_than_anything_else() -> None:
    """Who pings and never reads is cut off."""
    bare = Bare()
    bare.waiting = BURST * bare.longest_frame + 1
    bare.socket.data_received(PINGED)
    assert (bare.drops, bare.ended) == (1, ["aborted"])


async def test_who_was_told_to_go_is_not_heard_for_long() -> None:
    """Its close frame is waited for, but a flood is not read to its end."""
    bare = Bare()
    bare.socket.close(1008, "too many frames")
    filler = b"\x82\xfe" + (SLICE - 8).to_bytes(2) + bytes(SLICE - 4)
    for _ in range(FAREWELL // SLICE):
        bare.socket.data_received(filler)
        assert bare.reads
    bare.socket.data_received(PINGED)
    assert not bare.reads


# --- the end -------------------------------------------------------------------------------------


async def test_a_stop_tells_everybody_to_come_back(local: Place) -> None:
    """With the code for it, after all that was accepted is told; leases are given back."""
    async with started(local) as server:
        http = Http(server.url)
        alice = await G2.connect(server.url)
        await alice.authenticate(await http.token("alice"))
        guest = await G1.connect(server.url)
        await alice.shows(2)
        for number in range(50):
            await alice.say(str(number))
        await asyncio.sleep(0.05)
    for client in (alice, guest):
        assert (await client.gone())[0] == 1012
        assert client.heard[-1]["type"] == "restarting"
    assert guest.texts == [str(number) for number in range(len(guest.texts))]
    async with started(local) as server:
        assert (await Http(server.url).login("alice"))["success"]
        listed = (await Http(server.url).get("/api/messages?limit=200")).body["messages"]
        assert [message["message"] for message in reversed(listed)] == guest.texts
