"""Every link passes the same suite: in memory, on Mosquitto and on NATS."""

from __future__ import annotations

import asyncio

import pytest
from tests.engines import Engine

from headcount.links.link import Connector
from headcount.links.memory import MemoryBroker
from headcount.links.mqtt import MqttConnector
from headcount.testing.link_conformance import LinkConformance, LinkUnderTest


class MemoryLink:
    """The broker in memory."""

    def __init__(self) -> None:
        self._broker = MemoryBroker(expiry=True)

    def connector(self) -> Connector:
        """Return a connector to it."""
        return self._broker.connector()

    async def kill(self) -> None:
        """End all connections and refuse new ones."""
        self._broker.kill()

    async def start(self) -> None:
        """Let them in again."""
        self._broker.restart()


class MqttLink:
    """A real broker."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def connector(self) -> Connector:
        """Return a connector to it."""
        return MqttConnector([self._engine.url])

    async def kill(self) -> None:
        """Kill the process."""
        await asyncio.to_thread(self._engine.kill)

    async def start(self) -> None:
        """Start it again on its port."""
        await asyncio.to_thread(self._engine.start)


class TestMemory(LinkConformance):
    """The link in memory."""

    @pytest.fixture
    def link(self) -> LinkUnderTest:
        """Give a broker in memory."""
        return MemoryLink()


class TestMqtt(LinkConformance):
    """The link over MQTT, on each engine."""

    @pytest.fixture
    def link(self, engine: Engine) -> LinkUnderTest:
        """Give a running broker."""
        return MqttLink(engine)
