"""Cutting a stream into packets."""

from __future__ import annotations

import pytest

from headcount.links.framing import MAX_PACKET, MalformedStreamError, Packet, split

PACKETS = [
    (b"\xd0\x00", Packet(0xD0, b"")),
    (b"\x30\x03abc", Packet(0x30, b"abc")),
    (b"\x30\x7f" + b"x" * 127, Packet(0x30, b"x" * 127)),
    (b"\x30\x80\x01" + b"x" * 128, Packet(0x30, b"x" * 128)),
    (b"\x30\x80\x80\x01" + b"x" * 16_384, Packet(0x30, b"x" * 16_384)),
    (b"\x30\x80\x80\x80\x01" + b"x" * 2_097_152, Packet(0x30, b"x" * 2_097_152)),
]


@pytest.mark.parametrize(("raw", "packet"), PACKETS, ids=[len(raw) for raw, _ in PACKETS])
def test_a_packet_is_read(raw: bytes, packet: Packet) -> None:
    """Lengths of one to four bytes are read, and what follows is left."""
    assert split(raw) == ([packet], b"")
    assert split(raw + b"\xd0") == ([packet], b"\xd0")
    assert split(raw[:-1]) == ([], raw[:-1])


def test_every_prefix_waits_for_more() -> None:
    """However a stream is cut, the packets are the same: too little is never wrong."""
    stream = b"".join(raw for raw, _ in PACKETS[:4])
    expected = [packet for _, packet in PACKETS[:4]]
    for cut in range(len(stream) + 1):
        first, rest = split(stream[:cut])
        second, nothing = split(rest + stream[cut:])
        assert first + second == expected
        assert nothing == b""


@pytest.mark.parametrize("stream", [b"\x30\xff\xff\xff\xff", b"\x30\xff\xff\xff\x7f"])
def test_an_impossible_length_is_malformed(stream: bytes) -> None:
    """A length that is too long, or too large, ends the reading."""
    for cut in range(4):
        assert split(stream[:cut]) == ([], stream[:cut])
    with pytest.raises(MalformedStreamError):
        split(stream)


def test_the_limit_is_stated() -> None:
    """A packet may have `MAX_PACKET` bytes and no more."""
    assert split(b"\x30\x80\x80\x80\x08") == ([], b"\x30\x80\x80\x80\x08")
    assert MAX_PACKET == 0x80 << 17
    with pytest.raises(MalformedStreamError):
        split(b"\x30\x81\x80\x80\x08")
