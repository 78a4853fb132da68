"""Frames as a server sends them, read back by the protocol that clients use."""

from __future__ import annotations

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from headcount.chat.server.frames import PING, text_frame


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_a_text_frame_is_read_as_it_was_written(size: int) -> None:
    """At each of the three lengths of a length, and around them."""
    client = ClientProtocol(parse_uri("ws://x/"), state=State.OPEN)
    client.receive_data(text_frame(b"x" * size) + PING)
    first, second = client.events_received()
    assert isinstance(first, Frame)
    assert isinstance(second, Frame)
    assert (first.opcode, bytes(first.data), first.fin) == (Opcode.TEXT, b"x" * size, True)
    assert (second.opcode, bytes(second.data)) == (Opcode.PING, b"")
