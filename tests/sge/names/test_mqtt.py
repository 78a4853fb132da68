"""The connection for a game's actions, on a real broker."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from headcount.errors import BadInputError, NoBrokerError, SessionEndedError
from headcount.sge.names import mqtt
from headcount.sge.names.mqtt import SGMQTTManager
from tests.engines import Engine
from tests.qt.windows import Pulse, until
from tests.raw_mqtt import RawClient
from tests.sge.names.conftest import Model


@pytest.fixture
def manager(app: object, mosquitto: Engine) -> Iterator[SGMQTTManager]:
    """Give one that is connected."""
    made = SGMQTTManager(Model())
    made.setMQTTProtocol("Phase", "127.0.0.1", mosquitto.port, "sea")
    yield made
    made.disconnect()


def test_a_game_is_followed(manager: SGMQTTManager, mosquitto: Engine) -> None:
    """What SGE's code sets on the client gets the game's messages, after a restart as well."""
    assert manager.client is not None
    heard: list[str] = []
    manager.client.on_message = lambda _client, _data, message: heard.append(message.topic)
    until(manager.client.is_connected)
    for _ in range(2):
        with RawClient(mosquitto.port, "other") as other:
            heard.clear()
            until(lambda other=other: _said(other, heard))
        mosquitto.restart()
        until(manager.client.is_connected)


def _said(other: RawClient, heard: list[str]) -> bool:
    other.publish("sea/game_nextTurn", b'{"clientId": "other"}')
    return "sea/game_nextTurn" in heard


def test_topics(manager: SGMQTTManager) -> None:
    """Of one's own session, or of another."""
    assert manager.getGameTopics() == [
        "sea/game_gameAction_performed",
        "sea/game_nextTurn",
        "sea/game_execute_method",
    ]
    assert manager.isGameTopic("sea/game_nextTurn")
    assert not manager.isGameTopic("pond/game_nextTurn")
    assert manager.isGameTopic("pond/game_nextTurn", "pond")


def test_what_cannot_be_used_is_said() -> None:
    """No broker, and no such type."""
    manager = SGMQTTManager(Model())
    assert len(manager.clientId) == 32
    with pytest.raises(NoBrokerError, match="nobody listens"):
        manager.setMQTTProtocol("Instantaneous", "127.0.0.1", 1)
    with pytest.raises(BadInputError, match="majType"):
        manager.setMQTTProtocol("Sometimes")  # type: ignore[arg-type]
    manager.disconnect()


@pytest.mark.parametrize(
    ("host", "port"), [(None, 1883), (5, 1883), ("", 1883), ("a b", 1883), ("a", "1883"), ("a", 0)]
)
def test_what_is_no_address(host: Any, port: Any) -> None:
    """It is said in words, before anything is tried."""
    with pytest.raises(BadInputError, match="address"):
        SGMQTTManager(Model()).setMQTTProtocol("Instantaneous", host, port)


def test_an_address_of_ipv6_in_brackets() -> None:
    """As people copy it out of other programs."""
    with pytest.raises(NoBrokerError, match=r"listens at \[::1\]:1"):
        SGMQTTManager(Model()).setMQTTProtocol("Instantaneous", "[::1]", 1)


@pytest.fixture
def silent() -> Iterator[int]:
    """Give the port of one who lets nobody in and sends nobody away."""
    with socket.socket() as listening, contextlib.ExitStack() as before:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            waiting = before.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


def test_the_windows_live_while_nobody_answers(
    app: object, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait can be ended; what is not ended tells why there is no connection."""
    monkeypatch.setattr("headcount.sge.names.mqtt.CONNECTS", 0.5)
    manager = SGMQTTManager(Model())
    pulse = Pulse()
    with pytest.raises(NoBrokerError, match="no answer"):
        manager.setMQTTProtocol("Instantaneous", "127.0.0.1", silent)
    assert pulse.stop() < 0.4


def test_disconnecting_what_is_just_being_connected(
    manager: SGMQTTManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is left."""

    def reach(client: Any, where: Any) -> None:
        """Reach the broker, and be clicked on meanwhile."""
        connect(client, where)
        manager.disconnect()

    connect = mqtt._reach
    monkeypatch.setattr(mqtt, "_reach", reach)
    with pytest.raises(SessionEndedError, match="connect again"):
        manager.setMQTTProtocol("Phase", "127.0.0.1", manager.broker_port, "sea")
    assert manager.client is None
