"""`SGMQTTManager`: the connection on which a game's actions travel.

What a session is goes over a connection of its own, which no handler set here can disturb (S3).
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from qtpy.QtCore import QCoreApplication

from headcount.errors import CONNECTION_CLOSED, BadInputError, SessionEndedError
from headcount.links.addresses import Address, parse_address
from headcount.links.failures import explain
from headcount.qt.waiting import until
from headcount.sge.config import UpdateType, url
from headcount.sge.names.topics import game_topics, is_under

if TYPE_CHECKING:
    from paho.mqtt.client import Client

KEEPALIVE = 60
CONNECTS = 5.0
"""How long connecting may take, in seconds."""


class SGMQTTManager:
    """One instance's connection for its game.

    Args:
        model: the model.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self.clientId = uuid4().hex
        """Who this instance is, in its session and in its game."""
        self.client: Client | None = None
        """The client of paho-mqtt, once there is a connection."""
        self.session_id: str | None = None
        self.majType: UpdateType = "Instantaneous"
        self.broker_host = "localhost"
        self.broker_port = 1883
        self._filters: set[str] = set()
        self._attempt: Client | None = None

    def getGameTopics(self, session_id: str | None = None) -> list[str]:
        """Return the topics of the game, of one's own session where no other is named."""
        return game_topics(session_id or self.session_id)

    def isGameTopic(self, topic: str, session_id: str | None = None) -> bool:
        """Tell whether a topic is one of the game."""
        return is_under(topic, self.getGameTopics(session_id))

    def setMQTTProtocol(
        self,
        majType: UpdateType,
        broker_host: str = "localhost",
        broker_port: int = 1883,
        session_id: str | None = None,
    ) -> None:
        """Connect, and follow the game; what one was connected to before is left.

        The windows live on meanwhile.

        Args:
            majType: `Instantaneous` sends every action at once, `Phase` at the end of a phase.
            broker_host, broker_port: the broker.
            session_id: the session whose game it is.

        Raises:
            NoBrokerError: there is none; the message says why and what to do.
            SessionEndedError: it was disconnected meanwhile, or connected anew.
            BadInputError: an argument cannot be used, or paho-mqtt is not installed.
        """
        if majType not in ("Instantaneous", "Phase"):
            raise BadInputError("majType is 'Instantaneous' or 'Phase'")
        where = parse_address(url(broker_host, broker_port))
        self.disconnect()
        self.majType, self.session_id = majType, session_id
        self.broker_host, self.broker_port = broker_host, broker_port
        attempt = self._attempt = _paho(self.clientId)
        attempt.on_connect = self._connected
        _reach(attempt, where)
        if self._attempt is not attempt:
            attempt.disconnect()
            raise SessionEndedError("left", CONNECTION_CLOSED)
        attempt.loop_start()
        self.client = attempt
        for topic in self.getGameTopics():
            self.subscribe(topic)

    def subscribe(self, topic: str) -> None:
        """Follow a topic, also after the connection was lost and is back."""
        self._filters.add(topic)
        if self.client is not None:
            self.client.subscribe(topic)

    def disconnect(self) -> None:
        """End the connection, also one that is just being made. Twice changes nothing."""
        client, self.client, self._attempt = self.client, None, None
        self._filters.clear()
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _connected(self, client: Client, *_: Any) -> None:
        """Follow again what was followed: a broker that was restarted does not know it."""
        for topic in list(self._filters):
            client.subscribe(topic)


def _paho(client_id: str) -> Client:
    try:
        from paho.mqtt.client import Client, MQTTv311
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError as error:
        raise BadInputError("a game's actions need paho-mqtt: pip install paho-mqtt") from error
    # The session has this client id on a connection of its own; brokers allow one each.
    client = Client(CallbackAPIVersion.VERSION2, f"{client_id}-game", protocol=MQTTv311)
    client.connect_timeout = CONNECTS
    return client


def _reach(client: Client, where: Address) -> None:
    """Connect, and let the windows live meanwhile, if there are any.

    Raises:
        NoBrokerError: there is no broker; the message says why and what to do.
    """
    failures: list[Exception] = []

    def connect() -> None:
        try:
            client.connect(where.host, where.port, KEEPALIVE)
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=connect, name="headcount-game", daemon=True)
    thread.start()
    if QCoreApplication.instance() is not None:
        until(lambda: not thread.is_alive(), math.inf)
    thread.join()
    for error in failures:
        if isinstance(error, OSError):
            raise explain(error, where, reached=False, timeout=CONNECTS) from error
        raise error
