"""Names with a space, on brokers that take them and on one that does not."""

from __future__ import annotations

from headcount.links.memory import MemoryBroker
from headcount.links.mqtt import MqttConnector
from headcount.sge.protocol import spaces
from tests.engines import Engine


def test_which_names_fit_a_broker() -> None:
    """Any may hold no / + #; a space only where the broker takes one."""
    names = ["Player1", "Player 1", "a/b", "a+b", "#", "", "tab\tbed", "Fée"]
    assert spaces.misfits(names) == ["a/b", "a+b", "#", ""]
    assert spaces.misfits(names, spaces=False) == ["Player 1", "a/b", "a+b", "#", "", "tab\tbed"]


def test_the_trouble_is_told_with_the_name() -> None:
    """And with what to do."""
    told = spaces.trouble("S1/session_player_reservation/Player 1")
    assert "'Player 1'" in told
    assert "use Mosquitto" in told


async def test_a_broker_is_tried(engine: Engine) -> None:
    """NATS ends the connection, Mosquitto does not."""
    taken = await spaces.are_taken(MqttConnector([engine.url]))
    assert taken is (engine.name == "mosquitto")


async def test_the_broker_in_memory_takes_them() -> None:
    """It is as tolerant as can be."""
    assert await spaces.are_taken(MemoryBroker().connector())
