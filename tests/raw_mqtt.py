"""A small blocking MQTT 3.1.1 client, made of one socket: it hides nothing from a test."""

from __future__ import annotations

import socket
from collections import deque
from types import TracebackType
from typing import NamedTuple, Self

from headcount.broker.probe import connect_packet

CONNACK, PUBLISH, PUBACK, SUBACK = 2, 3, 4, 9


class Received(NamedTuple):
    """One message as it came."""

    topic: str
    payload: bytes
    retained: bool


class RefusedError(ConnectionError):
    """The broker's CONNACK said no; `code` is its return code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"CONNACK {code}")
        self.code = code


class RawClient:
    """One connection, made at once. Every wait ends with `TimeoutError` after `timeout` seconds."""

    def __init__(
        self,
        port: int,
        client_id: str = "raw",
        *,
        host: str = "127.0.0.1",
        user: str | None = None,
        password: str | None = None,
        timeout: float = 5.0,
    ) -> None:
        self._socket = socket.create_connection((host, port), timeout)
        self._stream = self._socket.makefile("rb")
        self._waiting: deque[Received] = deque()
        try:
            self._socket.sendall(connect_packet(client_id, user=user, password=password))
            code = self._expect(CONNACK)[1]
            if code:
                raise RefusedError(code)
        except BaseException:
            self.abort()
            raise

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        """Publish; at QoS 1 return when the broker has it."""
        body = _string(topic) + (b"\0\1" if qos else b"") + payload
        self._send(PUBLISH << 4 | qos << 1 | retain, body)
        if qos:
            self._expect(PUBACK)

    def subscribe(self, topic_filter: str, *, qos: int = 0) -> None:
        """Subscribe and return when the broker has granted it."""
        self._send(0x82, b"\0\1" + _string(topic_filter) + bytes([qos]))
        granted = self._expect(SUBACK)[2]
        assert granted == qos, f"subscribing {topic_filter} was answered {granted:#x}"

    def receive(self) -> Received:
        """Return the next message."""
        while not self._waiting:
            self._read()
        return self._waiting.popleft()

    def ping(self) -> None:
        """Return when the broker has answered; what it sent before that has then arrived."""
        self._send(0xC0, b"")
        self._expect(13)

    def take(self) -> list[Received]:
        """Return all messages that have arrived so far."""
        self.ping()
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def close(self) -> None:
        """Say goodbye and end."""
        self._send(0xE0, b"")
        self.abort()

    def abort(self) -> None:
        """End without a goodbye."""
        self._stream.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.abort()

    def _send(self, first: int, body: bytes) -> None:
        length, rest = bytearray(), len(body)
        while rest > 0x7F:
            length.append(rest & 0x7F | 0x80)
            rest >>= 7
        self._socket.sendall(bytes([first, *length, rest]) + body)

    def _expect(self, kind: int) -> bytes:
        while True:
            came, body = self._read()
            if came == kind:
                return body

    def _read(self) -> tuple[int, bytes]:
        """Read one packet; a message is put with those waiting."""
        first = self._exactly(1)[0]
        length = shift = 0
        more = True
        while more:
            byte = self._exactly(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            more = bool(byte & 0x80)
        body = self._exactly(length)
        if first >> 4 == PUBLISH:
            self._message(first, body)
        return first >> 4, body

    def _message(self, first: int, body: bytes) -> None:
        end = 2 + int.from_bytes(body[:2])
        topic, payload = body[2:end].decode(), body[end:]
        if first & 0b110:
            self._send(PUBACK << 4, payload[:2])
            payload = payload[2:]
        self._waiting.append(Received(topic, payload, bool(first & 1)))

    def _exactly(self, count: int) -> bytes:
        read = self._stream.read(count) if count else b""
        if len(read) < count:
            raise ConnectionResetError("the broker hung up")
        return read


def _string(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2) + encoded
