"""The proxy of the scenarios: what it does to a connection, and what it hides from it."""

from __future__ import annotations

import pytest

from tests.engines import Engine
from tests.proxy import Proxy
from tests.raw_mqtt import RawClient


def test_a_silent_proxy_passes_everything_on_later(engine: Engine) -> None:
    """What was sent into the silence arrives after it, on the same connection."""
    with (
        Proxy(engine.port) as proxy,
        RawClient(engine.port, "near") as near,
        RawClient(proxy.port, "far", timeout=0.5) as far,
    ):
        near.subscribe("a")
        far.publish("a", b"1")
        assert near.receive().payload == b"1"
        proxy.silence()
        with pytest.raises(TimeoutError):
            far.publish("a", b"2")
        with pytest.raises(TimeoutError):
            RawClient(proxy.port, "newcomer", timeout=0.5)
        assert near.take() == []
        proxy.heal()
        assert near.receive().payload == b"2"


def test_a_reset_breaks_the_connections_and_serves_new_ones(nats: Engine) -> None:
    """Both ends learn at once; who comes again is let through."""
    with Proxy(nats.port) as proxy, RawClient(proxy.port, "one") as one:
        one.ping()
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            one.ping()
        with RawClient(proxy.port, "two") as two:
            two.ping()
