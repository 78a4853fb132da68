"""The brokers other tests rely on."""

from __future__ import annotations

import pytest

from tests.engines import Engine
from tests.raw_mqtt import RawClient, Received


def read(engine: Engine, topic: str) -> list[Received]:
    """Return what is retained on a topic."""
    with RawClient(engine.port, "reader") as client:
        client.subscribe(topic)
        client.ping()
        return client.take()


def test_a_message_reaches_a_subscriber(engine: Engine) -> None:
    """What one client publishes, a subscriber receives."""
    with RawClient(engine.port, "a") as sender, RawClient(engine.port, "b") as subscriber:
        subscriber.subscribe("greeting/+")
        sender.publish("greeting/en", b"hello")
        assert subscriber.receive() == Received("greeting/en", b"hello", False)


def test_a_restart_keeps_the_port_and_what_is_retained(engine: Engine) -> None:
    """A restart keeps the port and what is retained."""
    port = engine.port
    with RawClient(engine.port, "a") as sender:
        sender.publish("kept", b"1", retain=True)
    engine.restart()
    assert engine.port == port
    with RawClient(port, "b") as client:
        client.subscribe("kept")
        assert client.receive() == Received("kept", b"1", True)


def test_a_restart_without_the_store_forgets(engine: Engine) -> None:
    """A restart without the store forgets what was retained."""
    with RawClient(engine.port, "a") as sender:
        sender.publish("kept", b"1", retain=True)
    engine.restart(keep_store=False)
    assert read(engine, "kept") == []


def test_a_killed_engine_refuses_clients(engine: Engine) -> None:
    """Nobody listens on the port of a killed engine."""
    engine.kill()
    with pytest.raises(ConnectionRefusedError):
        RawClient(engine.port, "a")


def test_a_frozen_engine_is_silent_until_it_thaws(engine: Engine) -> None:
    """A frozen engine says nothing; a thawed one takes clients again."""
    with RawClient(engine.port, "a", timeout=0.2) as client:
        engine.freeze()
        with pytest.raises(TimeoutError):
            client.ping()
        engine.thaw()
    with RawClient(engine.port, "b") as client:
        client.ping()
