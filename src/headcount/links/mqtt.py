"""The link over MQTT: 5 where the broker speaks it, else 3.1.1.

Every connection has a gmqtt client of its own, so what was queued under one dies with it.
Messages are published at QoS 1 and subscribed at QoS 0 (design 3.2).
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Sequence
from os import PathLike
from typing import Any

from gmqtt import Message

from headcount.errors import BadInputError, NoBrokerError
from headcount.links.addresses import Address, parse_address
from headcount.links.attempt import Attempt
from headcount.links.dialling import tls_context
from headcount.links.failures import ClosedEarly, NotMqtt, RefusedByBroker, combine, explain
from headcount.links.link import Receiver, Will
from headcount.links.outbox import Parcel
from headcount.links.single_client import SingleClient
from headcount.links.subscriptions import Subscriptions

MQTT_5 = 5
MQTT_311 = 4

FLUSH_TIME = 1.0
"""How long closing may take, in seconds."""

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")


class MqttConnection:
    """One connection to an MQTT broker. After it has ended every call does nothing."""

    def __init__(self, client: SingleClient, address: Address, receiver: Receiver) -> None:
        """Take over a client that the broker has accepted."""
        self._client = client
        self._address = str(address)
        self._receiver = receiver
        self._subscriptions = Subscriptions(client)
        self._expiry: bool = client._connection_state.protocol_version >= MQTT_5
        self._ended = False
        client.on_message = self._message
        client.on_lost = self._lost

    @property
    def address(self) -> str:
        """The address that answered, as a URL without user and password."""
        return self._address

    @property
    def expiry(self) -> bool:
        """Whether messages can expire (MQTT 5)."""
        return self._expiry

    @property
    def dropped(self) -> int:
        """How many messages were not sent because too much was waiting already."""
        return self._client.outbox.dropped

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry: int | None = None
    ) -> None:
        """Send at QoS 1; an empty retained payload clears the topic.

        Args:
            topic: where to; without wildcards.
            payload: up to the broker's limit (256 kB is safe everywhere).
            retain: whether the broker keeps it for later subscribers.
            expiry: seconds after which the broker forgets it; ignored without MQTT 5.
        """
        if self._ended:
            return
        options: dict[str, int] = {}
        if expiry is not None and self._expiry:
            options["message_expiry_interval"] = expiry
        message = Message(topic, payload, qos=1, retain=retain, **options)
        self._client.outbox.put(
            Parcel(lambda: self._client.publish(message), len(payload), counted=True)
        )

    def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe at QoS 0; a filter one has already brings what is retained once more."""
        if filters and not self._ended:
            self._subscriptions.add(filters)

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Ask for no more of these filters."""
        if filters and not self._ended:
            self._subscriptions.remove(filters)

    async def close(self) -> None:
        """Send what waits, say goodbye (no will follows) and end, within about a second."""
        if not self._end():
            return
        try:
            async with asyncio.timeout(FLUSH_TIME):
                await self._client.outbox.drained()
                self._client.goodbye()
                await asyncio.shield(self._client.closed)
        except TimeoutError:
            self._client.goodbye()
        finally:
            self._client.abort()

    def abort(self) -> None:
        """End at once without a goodbye: the will follows."""
        self._end()
        self._client.abort()

    def _end(self) -> bool:
        """Let nothing in or out any more; tell whether that is new."""
        if self._ended:
            return False
        self._ended = True
        self._subscriptions.stop()
        return True

    def _message(
        self, _client: object, topic: str, payload: bytes, _qos: int, properties: dict[str, Any]
    ) -> None:
        if not self._ended:
            self._receiver.message_received(topic, payload, bool(properties["retain"]))

    def _lost(self, reason: str) -> None:
        if self._end():
            self._receiver.connection_lost(reason)


class MqttConnector:
    """Makes connections to one broker, or cluster, known by one or more addresses."""

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        timeout: float = 5.0,
        tls_ca: str | PathLike[str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Read the addresses; connect to nothing yet.

        Args:
            addresses: URLs as `parse_address` reads them, tried in turn.
            timeout: for each address, in seconds.
            tls_ca: a PEM file of authorities to trust for `mqtts://`, besides the system's.
            tls: a context to use for `mqtts://` instead.

        Raises:
            BadInputError: an address or the file cannot be used.
        """
        if not addresses or isinstance(addresses, str):
            raise BadInputError("give a list with at least one broker address")
        self._addresses = [parse_address(url) for url in addresses]
        self._timeout = timeout
        self._tls = tls
        if tls is None and (tls_ca is not None or any(each.tls for each in self._addresses)):
            self._tls = tls_context(tls_ca)
        self._old: set[Address] = set()
        """Brokers that said they do not speak MQTT 5: it is not offered to them again."""

    async def connect(
        self, client_id: str, will: Will | None, receiver: Receiver
    ) -> MqttConnection:
        """Connect, trying each known address once, in turn.

        Args:
            client_id: the MQTT client id, of `A-Z a-z 0-9 _ -`; unique at the broker.
            will: what the broker publishes when the connection ends without a goodbye.
            receiver: who is told what arrives, and of the end.

        Raises:
            BadInputError: NATS would refuse such a client id.
            NoBrokerError: no address could be used; the message names the cause of each.
        """
        if not _CLIENT_ID.match(client_id):
            raise BadInputError(f"a client id has only A-Z a-z 0-9 _ - in it, not {client_id!r}")
        failures = []
        for address in self._addresses:
            try:
                return await self._connect_to(address, client_id, will, receiver)
            except NoBrokerError as failure:
                failures.append(failure)
        raise combine(failures)

    async def _connect_to(
        self, address: Address, client_id: str, will: Will | None, receiver: Receiver
    ) -> MqttConnection:
        attempt = Attempt(address, self._tls if address.tls else None, self._timeout)
        versions = (MQTT_311,) if address in self._old else (MQTT_5, MQTT_311)
        try:
            async with asyncio.timeout(self._timeout):
                client = await attempt.run(client_id, will, versions)
        except (OSError, UnicodeError, RefusedByBroker, ClosedEarly, NotMqtt) as failure:
            raise explain(
                failure, address, reached=attempt.reached, timeout=self._timeout
            ) from failure
        if attempt.refused_version:
            self._old.add(address)
        return MqttConnection(client, address, receiver)
