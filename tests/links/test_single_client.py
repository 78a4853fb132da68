"""What is relied on in gmqtt, whose inner parts are used: a new version must pass this."""

from __future__ import annotations

import logging
from importlib.metadata import version

import pytest
from tests.links.fake_broker import (
    ACCEPTED_5,
    ACCEPTED_311,
    CONNECT,
    DISCONNECT,
    PUBLISH,
    SUBSCRIBE,
    UNSUBSCRIBE,
    FakeBroker,
    fake_broker,
)

from headcount.links.link import Will
from headcount.links.mqtt import MqttConnection, MqttConnector
from headcount.links.single_client import SingleClient
from headcount.testing.peers import Peer


def accept(kind: int, body: bytes) -> bytes:
    """Accept MQTT 5 and acknowledge what is published (its topic is two bytes long)."""
    if kind == PUBLISH:
        return b"\x40\x02" + body[4:6]
    return ACCEPTED_5 if kind == CONNECT else b""


def accept_311(kind: int, body: bytes) -> bytes | None:
    """Accept MQTT 3.1.1 only, and acknowledge what is published."""
    if kind == CONNECT:
        return ACCEPTED_311 if body[6] == 4 else b"\x20\x02\x00\x01"
    return accept(kind, body)


async def connected(broker: FakeBroker, will: Will | None = None) -> MqttConnection:
    """Connect to a fake broker."""
    url = f"mqtt://bob:p%C3%A9@127.0.0.1:{broker.port}"
    return await MqttConnector([url]).connect("me", will, Peer())


def test_the_version_is_the_one_that_was_read() -> None:
    """The pin in `pyproject.toml` and this test move together."""
    assert version("gmqtt").startswith("0.8.")


async def test_nothing_reconnects() -> None:
    """Where gmqtt would connect again it reaches our `reconnect`, which is done at once."""
    client = SingleClient("me", 5, None)
    assert client._package_handler._reconnect_callback == client.reconnect
    assert client.reconnect(delay=True).done()


async def test_the_packets_of_mqtt_5() -> None:
    """What goes out, byte by byte: session, keepalive, will, credentials, expiry, options."""
    async with fake_broker(accept) as broker:
        connection = await connected(broker, Will("é", b"w"))
        connection.publish("é", b"x", retain=True, expiry=7)
        connection.subscribe(["é"])
        connection.unsubscribe(["é"])
        await connection.close()
        await broker.until(lambda: broker.count(DISCONNECT) == 1)
        assert broker.packets == [
            (
                CONNECT,
                b"\x00\x04MQTT\x05\xce\x00\x03\x05\x27\x01\x00\x00\x00\x00\x02me"
                b"\x00\x00\x02\xc3\xa9\x00\x01w\x00\x03bob\x00\x03p\xc3\xa9",
            ),
            (PUBLISH, b"\x00\x02\xc3\xa9\x00\x01\x05\x02\x00\x00\x00\x07x"),
            (SUBSCRIBE, b"\x00\x02\x00\x00\x02\xc3\xa9\x00"),
            (UNSUBSCRIBE, b"\x00\x03\x00\x00\x02\xc3\xa9"),
            (DISCONNECT, b"\x00\x00"),
        ]


async def test_the_packets_of_mqtt_311() -> None:
    """The same without properties; the expiry is left out."""
    async with fake_broker(accept_311) as broker:
        connection = await connected(broker)
        connection.publish("é", b"x", expiry=7)
        connection.subscribe(["é"])
        await connection.close()
        await broker.until(lambda: broker.count(DISCONNECT) == 1)
        assert broker.packets[1:] == [
            (CONNECT, b"\x00\x04MQTT\x04\xc2\x00\x03\x00\x02me\x00\x03bob\x00\x03p\xc3\xa9"),
            (PUBLISH, b"\x00\x02\xc3\xa9\x00\x01x"),
            (SUBSCRIBE, b"\x00\x02\x00\x02\xc3\xa9\x00"),
            (DISCONNECT, b""),
        ]


async def test_ordinary_endings_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A refused version and a lost connection are told to the caller, not to the log."""
    caplog.set_level(logging.INFO)
    async with fake_broker(accept_311) as broker:
        peer = Peer()
        await peer.connect(MqttConnector([broker.url]))
        broker.writers[-1].transport.abort()
        await peer.until(lambda: bool(peer.losses))
        assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


async def test_a_fault_in_the_receiver_is_logged_and_harms_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An exception in `message_received` is an error in the log; the connection goes on."""

    class Faulty(Peer):
        def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
            super().message_received(topic, payload, retained)
            raise RuntimeError("a fault in the receiver")

    async with fake_broker(accept) as broker:
        peer = Faulty()
        await peer.connect(MqttConnector([broker.url]))
        broker.writers[0].write(b"\x30\x05\x00\x01t\x00x" * 2)
        await peer.until(lambda: len(peer.received) == 2)
        assert peer.losses == []
        assert "a fault in the receiver" in caplog.text
        peer.connection.abort()
