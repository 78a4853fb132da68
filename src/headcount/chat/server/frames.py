"""Frames of the WebSocket protocol as a server sends them: whole and unmasked (RFC 6455, 5.2)."""

from __future__ import annotations

from typing import Final

PING: Final = b"\x89\x00"
"""A ping without a payload; whatever comes back is a sign of life."""
_TEXT: Final = 0x81
_SHORT: Final = 126
_MEDIUM: Final = 1 << 16


def text_frame(payload: bytes) -> bytes:
    """Return the bytes of one text frame.

    Args:
        payload: what it says, UTF-8.
    """
    size = len(payload)
    if size < _SHORT:
        return bytes((_TEXT, size)) + payload
    if size < _MEDIUM:
        return bytes((_TEXT, 126)) + size.to_bytes(2) + payload
    return bytes((_TEXT, 127)) + size.to_bytes(8) + payload
