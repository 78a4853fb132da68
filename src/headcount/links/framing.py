"""Where one MQTT packet ends and the next begins (MQTT 5, section 2.1)."""

from __future__ import annotations

from typing import NamedTuple

MAX_PACKET = 16 * 1024 * 1024
"""The largest packet that is read, in bytes; MQTT 5 brokers are told."""

_MAX_LENGTH_BYTES = 4


class Packet(NamedTuple):
    """One packet: `cmd` is its first byte, `data` what follows the length."""

    cmd: int
    data: bytes


class MalformedStreamError(Exception):
    """What came cannot be MQTT; there is no way to find the next packet."""


def split(stream: bytes) -> tuple[list[Packet], bytes]:
    """Return the packets that are whole, and the bytes of one that is not yet.

    Raises:
        MalformedStreamError: a length has more than four bytes or exceeds `MAX_PACKET`.
    """
    packets = []
    begin = 0
    while (span := _span(stream, begin)) is not None:
        body, end = span
        if end > len(stream):
            break
        packets.append(Packet(stream[begin], stream[body:end]))
        begin = end
    return packets, stream[begin:] if begin else stream


def _span(stream: bytes, begin: int) -> tuple[int, int] | None:
    """Return where the body of a packet begins and ends, or None when that is not known yet."""
    length = 0
    for place, byte in enumerate(stream[begin + 1 : begin + 1 + _MAX_LENGTH_BYTES]):
        length |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            if length > MAX_PACKET:
                raise MalformedStreamError(f"a packet of {length} bytes")
            body = begin + 2 + place
            return body, body + length
    if len(stream) - begin > _MAX_LENGTH_BYTES:
        raise MalformedStreamError("a length of more than four bytes")
    return None
