"""gmqtt, with its life cycle taken out of its hands.

gmqtt packs and unpacks MQTT well, but it reconnects by itself (with `reconnect_retries` 0
too, after a connection that had been good), waits for ever when a broker closes before it
answers, and reads in a task of its own. Here a client connects once, tells how that ended, and
parses bytes in the turn of the event loop that brings them. The version of gmqtt is pinned;
`tests/links/test_single_client.py` holds it to what is relied on.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Callable, MutableMapping
from functools import partial
from typing import Any

from gmqtt import Client
from gmqtt import Message as GmqttMessage
from gmqtt.mqtt.connection import MQTTConnection
from gmqtt.mqtt.constants import MQTTCommands
from gmqtt.mqtt.protocol import MQTTProtocol

from headcount.links.addresses import Address
from headcount.links.failures import ClosedEarly, NotMqtt, RefusedByBroker
from headcount.links.framing import MAX_PACKET, MalformedStreamError, Packet, split
from headcount.links.link import Will
from headcount.links.outbox import Outbox

KEEPALIVE = 3
"""What the broker is promised, in seconds: it hears from us that often."""

TICK = 0.5
PING_TICKS = 4
SILENCE_TICKS = 10
"""Nothing heard for so many ticks (5 s): the connection is lost. A ping comes before that.

Ticks are counted, not time: a process that was stopped has not listened, and first reads.
"""

_MAX_PACKET_IDS = 65_535
_CONNACK_SIZE = 2
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)

_REASONS = {
    139: "it is shutting down",
    141: "it heard nothing from us in time",
    142: "another client connected with the same id",
    149: "a message was too large",
    152: "an operator ended it",
}
"""Reason codes of DISCONNECT (MQTT 5, table 3-13)."""


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """gmqtt's warnings about what is ordinary here go to the debug level; faults stay errors."""

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        if not kwargs.get("exc_info"):
            level = logging.DEBUG
        super().log(level, msg, *args, **kwargs)

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


_log = _Quiet(logging.getLogger(__name__))


class _Wire(MQTTProtocol):  # type: ignore[misc]
    """Bytes in and out. Nothing of the parents' stream reader is used."""

    def __init__(self, client: SingleClient) -> None:
        super().__init__(
            connection_state=client._connection_state,
            id_generator=client._package_handler.id_generator,
        )
        self._client = client
        self._rest = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._socket = transport.get_extra_info("socket")

    def data_received(self, data: bytes) -> None:
        if _QUICKACK is not None:  # else a broker without TCP_NODELAY waits 40 ms for our ACK
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        self._connection.quiet_ticks = 0
        if not self._client.answer.done() and data[0] & 0xF0 != MQTTCommands.CONNACK:
            self._client.give_up(NotMqtt(data[:16]))
            return
        try:
            packets, self._rest = split(self._rest + data if self._rest else data)
        except MalformedStreamError as error:
            self._client.end(f"the broker sent what is not MQTT ({error})")
            return
        for packet in packets:
            self._connection.put_package(packet)

    def write_data(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._connection._last_data_out = time.monotonic()
            self._transport.write(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._client.ended(error)


class _Channel(MQTTConnection):  # type: ignore[misc]
    """One transport with its keepalive."""

    quiet_ticks = 0

    def __init__(self, client: SingleClient, transport: asyncio.Transport, wire: _Wire) -> None:
        self._client = client
        handler = client._package_handler
        super().__init__(transport, wire, True, KEEPALIVE, package_handler=handler, logger=_log)
        self.stop()  # gmqtt's own timer, which does not wait to be accepted

    def keep_alive(self) -> None:
        """Begin to send pings, and to mind silence."""
        self.stop()  # again: gmqtt starts one when the broker names its own keepalive
        self.quiet_ticks = 0
        self._tick()

    def put_package(self, package: Packet) -> None:
        if package.cmd != MQTTCommands.CONNACK:
            self._handler(package)
        elif len(package.data) < _CONNACK_SIZE:
            self._client.give_up(NotMqtt(package.data))
        elif package.data[1]:
            self._client.give_up(RefusedByBroker(package.data[1]))
        else:
            self._handler(package)

    def stop(self) -> None:
        self._keep_connection_callback.cancel()

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._keep_connection_callback = loop.call_later(TICK, self._keep_connection)

    def _keep_connection(self) -> None:
        if self.is_closing():
            return
        self.quiet_ticks += 1
        if self.quiet_ticks >= SILENCE_TICKS:
            self._client.end(f"nothing heard from the broker for {TICK * SILENCE_TICKS:g} s")
            return
        sent = time.monotonic() - self._last_data_out
        if self.quiet_ticks % PING_TICKS == 0 or sent >= TICK * PING_TICKS:
            self._send_ping_request()
        self._tick()


class SingleClient(Client):  # type: ignore[misc]
    """A gmqtt client for one connection."""

    def __init__(self, client_id: str, version: int, will: Will | None) -> None:
        """Prepare to connect as `client_id` with MQTT `version` 4 (3.1.1) or 5."""
        self.outbox = Outbox(self._buffered)
        message = None if will is None else GmqttMessage(will.topic, will.payload, qos=1)
        super().__init__(
            client_id,
            will_message=message,
            persistent_storage=self.outbox,
            logger=_log,
            maximum_packet_size=MAX_PACKET,
        )
        self._connection_state.protocol_version = version
        loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Exception | None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.on_lost: Callable[[str], None] | None = None
        self._reason: str | None = None
        self.on_connect = SingleClient._accepted
        self.on_disconnect = SingleClient._dismissed

    async def open(self, sock: socket.socket, address: Address, tls: ssl.SSLContext | None) -> None:
        """Secure the socket where `tls` is given, and send CONNECT.

        The outcome arrives in `answer`: None, or why there is no connection.

        Raises:
            OSError: TLS could not be agreed upon (`ssl.SSLError` among them).
        """
        name = address.host if tls is not None else None
        transport, wire = await asyncio.get_running_loop().create_connection(
            partial(_Wire, self), sock=sock, ssl=tls, server_hostname=name
        )
        self._connection = _Channel(self, transport, wire)
        if address.user is not None:
            self.set_auth_credentials(address.user, address.password)
        await self._connection.auth(
            self._client_id.encode(),
            self._username,
            self._password,
            will_message=self._will_message,
            **self._connect_properties,
        )

    def goodbye(self) -> None:
        """Send DISCONNECT, upon which the broker closes (MQTT 5, 3.14.4).

        Were we to close with messages unread, TCP would reset the connection, and the broker
        might see that before it reads our goodbye.
        """
        self._connection.send_disconnect()

    def end(self, reason: str) -> None:
        """Give the connection up as lost."""
        self._reason = self._reason or reason
        self.abort()

    def give_up(self, failure: Exception) -> None:
        """Answer that there is no connection, and why."""
        if not self.answer.done():
            self.answer.set_result(failure)
        self.abort()

    def abort(self) -> None:
        """Close at once; what is not written yet is gone."""
        if self._connection is not None:
            self._connection._transport.abort()

    def ended(self, error: Exception | None) -> None:
        """Take note that the transport is closed."""
        self.outbox.clear()
        if self._connection is not None:
            self._connection.stop()
        if not self.closed.done():
            self.closed.set_result(None)
        if not self.answer.done():
            self.answer.set_result(error or ClosedEarly())
        if self.on_lost is not None:
            self.on_lost(self._reason or _words(error))

    def reconnect(self, delay: bool = False) -> asyncio.Future[None]:
        """Not connect again: gmqtt asks for it in several places."""
        nothing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        nothing.set_result(None)
        return nothing

    def _buffered(self) -> int:
        size: int = self._connection._transport.get_write_buffer_size()
        return size

    def _accepted(self, _flags: int, _code: int, properties: dict[str, Any]) -> None:
        # gmqtt counts subscribing against the receive maximum too; the outbox does it right.
        (allowed,) = properties.get("receive_maximum", (_MAX_PACKET_IDS,))
        self.outbox.window = max(1, min(self.outbox.window, allowed))
        self._package_handler.id_generator._max = _MAX_PACKET_IDS
        self._connection.keep_alive()
        if not self.answer.done():
            self.answer.set_result(None)

    def _dismissed(self, packet: bytes, _error: Exception | None = None) -> None:
        code = packet[0] if packet else 0
        why = _REASONS.get(code, f"MQTT code {code}")
        self.end(f"the broker ended the connection: {why}")


def _words(error: Exception | None) -> str:
    if error is None:
        return "the broker closed the connection"
    return f"the connection broke ({getattr(error, 'strerror', None) or error})".lower()
