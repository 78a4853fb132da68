"""Attempts to connect: how they fail, and which version they agree on."""

from __future__ import annotations

import asyncio
import socket

import pytest
from tests.engines import Engine
from tests.links.fake_broker import (
    ACCEPTED_5,
    ACCEPTED_311,
    CONNECT,
    accept_5,
    accept_311,
    fake_broker,
)

from headcount.errors import (
    BrokerRefusedError,
    BrokerTimedOutError,
    NoBrokerError,
    NotABrokerError,
    UnknownHostError,
)
from headcount.links.mqtt import MqttConnector
from headcount.testing.peers import Peer, peers


async def refuse(*urls: str, timeout: float = 5.0) -> NoBrokerError:
    """Return the error that connecting ends with."""
    with pytest.raises(NoBrokerError) as caught:
        await MqttConnector(urls, timeout=timeout).connect("me", None, Peer())
    return caught.value


def closed_port() -> int:
    """Return a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


async def test_a_closed_port_is_refused() -> None:
    """Nobody listens: said at once, with what to do."""
    port = closed_port()
    error = await refuse(f"mqtt://127.0.0.1:{port}")
    assert type(error) is BrokerRefusedError
    assert str(error) == (
        f"nobody listens at 127.0.0.1:{port}: start a broker there (headcount serve) "
        "or give another address with --broker"
    )


async def test_localhost_is_refused_though_it_has_two_addresses() -> None:
    """The class of the error survives a name with an IPv6 and an IPv4 address."""
    assert type(await refuse(f"mqtt://localhost:{closed_port()}")) is BrokerRefusedError


async def test_an_unknown_host_is_named() -> None:
    """A name without an address is an error of its own."""
    error = await refuse("mqtt://bob:secret@nosuchhost.invalid")
    assert type(error) is UnknownHostError
    assert "nosuchhost.invalid" in str(error)
    assert "secret" not in str(error)


async def test_a_silent_listener_times_out() -> None:
    """Something that accepts and says nothing ends the attempt after its time."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        error = await refuse(f"mqtt://127.0.0.1:{server.getsockname()[1]}", timeout=0.2)
    assert type(error) is BrokerTimedOutError
    assert "said nothing for 0.2 s" in str(error)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "a web server answers"),
        (b"SSH-2.0-OpenSSH\r\n", "does not speak MQTT"),
        (b"\x20", "without an answer"),
        (b"", "without an answer"),
    ],
)
async def test_what_is_no_broker_is_called_so(answer: bytes, words: str) -> None:
    """A web server, another service, or one that just closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await refuse(f"mqtt://127.0.0.1:{port}")
    assert type(error) is NotABrokerError
    assert words in str(error)


async def test_addresses_are_tried_in_turn() -> None:
    """The first that accepts is used, and named without credentials."""
    async with fake_broker(accept_5) as broker:
        urls = [f"mqtt://127.0.0.1:{closed_port()}", f"mqtt://u:p@127.0.0.1:{broker.port}"]
        connection = await MqttConnector(urls).connect("me", None, Peer())
        assert connection.address == broker.url
        connection.abort()


async def test_all_causes_are_named() -> None:
    """When no address can be used the error names each with its cause."""
    port = closed_port()
    error = await refuse(f"mqtt://127.0.0.1:{port}", "mqtt://u:secret@nosuchhost.invalid")
    assert type(error) is NoBrokerError
    assert f"127.0.0.1:{port}" in str(error)
    assert "nosuchhost.invalid" in str(error)
    assert "secret" not in str(error)


async def test_a_refused_version_is_remembered() -> None:
    """A broker that refuses MQTT 5 is offered 3.1.1, and from then on nothing else."""
    async with fake_broker(accept_311) as broker:
        connector = MqttConnector([broker.url])
        for connections in (2, 3):
            connection = await connector.connect("me", None, Peer())
            assert broker.connections == connections
            assert connection.expiry is False
            await connection.close()


async def test_a_passing_fault_is_not_remembered() -> None:
    """One that closed without a word once is offered MQTT 5 again."""
    faults = [True]

    def answer(kind: int, body: bytes) -> bytes | None:
        if kind == CONNECT and faults:
            faults.pop()
            return None
        if kind == CONNECT:
            return ACCEPTED_5 if body[6] == 5 else ACCEPTED_311
        return b""

    async with fake_broker(answer) as broker:
        connector = MqttConnector([broker.url])
        first = await connector.connect("me", None, Peer())
        second = await connector.connect("me", None, Peer())
        assert (first.expiry, second.expiry) == (False, True)
        await first.close()
        await second.close()


async def test_each_engine_speaks_its_version(engine: Engine) -> None:
    """Mosquitto speaks MQTT 5, NATS 3.1.1."""
    async with peers(MqttConnector([engine.url]), 1) as (one,):
        assert one.connection.expiry is (engine.name == "mosquitto")
