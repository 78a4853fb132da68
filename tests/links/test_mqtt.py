"""The link over MQTT, where it goes beyond what every link does."""

from __future__ import annotations

import asyncio
import gc
import socket

import pytest
from tests.engines import Engine
from tests.links.fake_broker import (
    ACCEPTED_5,
    CONNECT,
    PINGREQ,
    accept_5,
    fake_broker,
)

from headcount.errors import (
    BadInputError,
)
from headcount.links import single_client
from headcount.links.link import Will
from headcount.links.mqtt import MqttConnection, MqttConnector
from headcount.testing.peers import Peer, peers


@pytest.mark.parametrize("client_id", ["", "a b", "a.b", "a*", "é"])
async def test_a_client_id_that_some_broker_refuses_is_refused_here(client_id: str) -> None:
    """NATS takes no dots, stars or spaces; that is said before anything is tried."""
    with pytest.raises(BadInputError, match="client id"):
        await MqttConnector(["mqtt://127.0.0.1"]).connect(client_id, None, Peer())


def test_no_address_at_all_is_refused() -> None:
    """An empty list, or a string where a list should be, is a mistake."""
    for wrong in ((), "mqtt://127.0.0.1"):
        with pytest.raises(BadInputError, match="list"):
            MqttConnector(wrong)


async def test_silence_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that hangs is noticed: pings go out, and without answers the link is lost."""
    monkeypatch.setattr(single_client, "TICK", 0.02)

    def answer(kind: int, body: bytes) -> bytes:
        return ACCEPTED_5 if kind == CONNECT else b""

    async with fake_broker(answer) as broker:
        peer = Peer()
        await peer.connect(MqttConnector([broker.url]))
        await peer.until(lambda: bool(peer.losses))
        assert "nothing heard" in peer.losses[0]
        assert broker.count(PINGREQ) >= 1


async def test_a_frozen_engine_is_noticed_and_drops_are_counted(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a frozen broker cannot take is bounded; the rest is dropped and counted."""
    monkeypatch.setattr(single_client, "TICK", 0.1)
    peer = Peer()
    await peer.connect(MqttConnector([engine.url]))
    engine.freeze()
    for _ in range(300):
        peer.connection.publish("t", bytes(100_000))
    assert 200 < peer.connection.dropped < 300
    await peer.until(lambda: bool(peer.losses))
    assert peer.losses == ["nothing heard from the broker for 1 s"]


async def test_closing_a_hanging_connection_takes_about_a_second() -> None:
    """`close` waits for acknowledgements, but not for ever."""
    async with fake_broker(accept_5) as broker:
        connection = await MqttConnector([broker.url]).connect("me", None, Peer())
        connection.publish("t", b"never acknowledged")
        async with asyncio.timeout(1.5):
            await connection.close()


async def test_a_cancelled_close_ends_the_connection_too() -> None:
    """Cancelling `close` leaves nothing open."""
    async with fake_broker(accept_5) as broker:
        connection = await MqttConnector([broker.url]).connect("me", None, Peer())
        connection.publish("t", b"never acknowledged")
        closing = asyncio.create_task(connection.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        await asyncio.wait_for(connection._client.closed, 1)


async def test_the_broker_s_reason_is_passed_on() -> None:
    """MQTT 5 brokers say why they end a connection."""
    async with fake_broker(accept_5) as broker:
        peer = Peer()
        await peer.connect(MqttConnector([broker.url]))
        broker.writers[0].write(b"\xe0\x02\x8b\x00")
        await peer.until(lambda: bool(peer.losses))
        assert peer.losses == ["the broker ended the connection: it is shutting down"]


@pytest.mark.parametrize("garbage", [b"\xff\xff\xff\xff\xff\xff", b"\x30\xff\xff\xff\xff\x01"])
async def test_garbage_ends_the_connection(garbage: bytes) -> None:
    """A stream that is no longer MQTT is not read on."""
    async with fake_broker(accept_5) as broker:
        peer = Peer()
        await peer.connect(MqttConnector([broker.url]))
        broker.writers[0].write(garbage)
        await peer.until(lambda: bool(peer.losses))
        assert "not MQTT" in peer.losses[0]


async def test_a_packet_in_pieces_is_put_together() -> None:
    """However TCP cuts the stream, messages come whole."""
    async with fake_broker(accept_5) as broker:
        peer = Peer()
        await peer.connect(MqttConnector([broker.url]))
        packet = b"\x30\xcb\x01\x00\x01t\x00" + b"x" * 199
        for byte in packet + packet:
            broker.writers[0].write(bytes([byte]))
            await asyncio.sleep(0)
        await peer.until(lambda: len(peer.received) == 2)
        assert peer.payloads == [b"x" * 199] * 2
        peer.connection.abort()


async def test_small_writes_are_not_delayed(engine: Engine) -> None:
    """Our own message comes back well before the 40 ms of a delayed acknowledgement."""
    async with peers(MqttConnector([engine.url]), 1) as (one,):
        await one.subscribe("t")
        client = _client(one)
        sock = client._connection._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for _ in range(50):
            await one.settle()
        assert loop.time() - begun < 50 * 0.02


async def test_a_burst_beyond_the_receive_maximum_arrives(mosquitto: Engine) -> None:
    """Mosquitto takes 20 messages at once; a burst of 1,500 waits its turn and none is lost."""
    async with peers(MqttConnector([mosquitto.url]), 2) as (one, two):
        await two.subscribe("t")
        for number in range(1500):
            one.connection.publish("t", b"%d" % number)
        await two.until(lambda: len(two.received) == 1500)
        assert one.connection.dropped == 0


def _client(peer: Peer) -> single_client.SingleClient:
    assert isinstance(peer.connection, MqttConnection)
    return peer.connection._client


@pytest.mark.parametrize("ending", ["close", "abort", "kill"])
async def test_nothing_is_left_of_a_connection(engine: Engine, ending: str) -> None:
    """No task, no timer and no second connection is left when one has ended."""
    tasks = asyncio.all_tasks()
    peer = Peer()
    await peer.connect(MqttConnector([engine.url]), Will("t", b"x"))
    await peer.subscribe("t")
    client = _client(peer)
    if ending == "close":
        await peer.connection.close()
    elif ending == "abort":
        peer.connection.abort()
    else:
        engine.kill()
    await asyncio.wait_for(client.closed, 5)
    assert asyncio.all_tasks() == tasks
    assert client._connection._keep_connection_callback.cancelled()
    assert client.outbox.is_empty
    gc.collect()
