"""Asks a port whether an MQTT broker answers there."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

ACCEPTED: Final = 0
"""The CONNACK return code of a broker that lets one in (MQTT 3.1.1, 3.2.2.3)."""

_CONNACK = 0x20
_DISCONNECT = b"\xe0\x00"
_CLEAN, _USER, _PASSWORD = 0x02, 0x80, 0x40


def connect_packet(
    client_id: str, *, user: str | None = None, password: str | None = None, keepalive: int = 10
) -> bytes:
    """Return a CONNECT packet for a clean session (MQTT 3.1.1, 3.1); `keepalive` in seconds."""
    flags = _CLEAN
    fields = [client_id]
    for text, flag in ((user, _USER), (password, _PASSWORD)):
        if text is not None:
            flags |= flag
            fields.append(text)
    body = _string("MQTT") + bytes([4, flags]) + keepalive.to_bytes(2)
    body += b"".join(map(_string, fields))
    return b"\x10" + _length(len(body)) + body


async def connack(
    host: str, port: int, *, user: str | None = None, password: str | None = None, timeout: float
) -> int:
    """Connect to a broker, say goodbye, and return the code of its CONNACK.

    Raises:
        OSError: nobody listens there, the connection broke, or no answer came within
            `timeout` seconds.
        EOFError: what listens there hung up, or does not speak MQTT.
    """
    async with asyncio.timeout(timeout):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(connect_packet("headcount-probe", user=user, password=password))
            answer = await reader.readexactly(4)
            writer.write(_DISCONNECT)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    if answer[0] != _CONNACK:
        raise EOFError(f"{host}:{port} answered, but not as an MQTT broker does")
    return answer[3]


def _string(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(2) + encoded


def _length(number: int) -> bytes:
    """Return a remaining length, seven bits a byte (MQTT 3.1.1, 2.2.3)."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])
