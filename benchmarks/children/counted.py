"""A link that counts the PUBLISH packets it sends and gets, and their bytes by kind of topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from headcount.links.link import Connection, Receiver, Will
from headcount.links.mqtt import MqttConnector


@dataclass(slots=True)
class Tally:
    """What one client sent and got; the size is in bytes, those of topic and payload."""

    packets: Counter[str] = field(default_factory=Counter)
    size: int = 0

    def add(self, way: str, topic: str, payload: bytes) -> None:
        self.packets[f"{way} {topic.split('/')[0]}"] += 1
        self.size += len(topic.encode()) + len(payload)


class CountedReceiver:
    """Counts what is delivered, and passes it on."""

    def __init__(self, inner: Receiver, tally: Tally) -> None:
        self._inner, self._tally = inner, tally

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        self._tally.add("got", topic, payload)
        self._inner.message_received(topic, payload, retained)

    def connection_lost(self, reason: str) -> None:
        self._inner.connection_lost(reason)


class CountedConnection:
    """Counts what is sent, and passes it on."""

    def __init__(self, inner: Connection, tally: Tally) -> None:
        self._inner, self._tally = inner, tally

    @property
    def address(self) -> str:
        return self._inner.address

    @property
    def expiry(self) -> bool:
        return self._inner.expiry

    @property
    def dropped(self) -> int:
        return self._inner.dropped

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry: int | None = None
    ) -> None:
        self._tally.add("sent", topic, payload)
        self._inner.publish(topic, payload, retain=retain, expiry=expiry)

    def subscribe(self, filters: Sequence[str]) -> None:
        self._inner.subscribe(filters)

    def unsubscribe(self, filters: Sequence[str]) -> None:
        self._inner.unsubscribe(filters)

    async def close(self) -> None:
        await self._inner.close()

    def abort(self) -> None:
        self._inner.abort()


class CountedConnector:
    """Makes such connections."""

    def __init__(self, url: str) -> None:
        self.tally = Tally()
        self._inner = MqttConnector([url])

    async def connect(self, client_id: str, will: Will | None, receiver: Receiver) -> Connection:
        inner = await self._inner.connect(client_id, will, CountedReceiver(receiver, self.tally))
        return CountedConnection(inner, self.tally)
