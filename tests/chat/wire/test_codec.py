"""Text to messages and frames to bytes."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headcount.chat.wire import incoming as i
from headcount.chat.wire.codec import LARGEST, MAX_BYTES, decode, encode
from headcount.chat.wire.outgoing import Error

READ: list[tuple[dict[str, Any], i.Message]] = [
    ({"type": "auth", "token": "T"}, i.Auth("T")),
    ({"type": "auth", "token": "Bearer T"}, i.Auth("T")),
    ({"type": "auth", "data": {"token": " bearer  T "}}, i.Auth("T")),
    ({"type": "auth"}, i.Auth(None)),
    ({"type": "auth", "token": None}, i.Auth(None)),
    ({"type": "auth", "token": "Bearer "}, i.Auth(None)),
    ({"type": "message", "text": " hello "}, i.Say("hello")),
    ({"type": "message:send", "data": {"text": "via data"}}, i.Say("via data")),
    ({"type": "message", "text": "r", "replyTo": "1"}, i.Say("r", 1)),
    ({"type": "message", "data": {"text": "r", "replyTo": 7}}, i.Say("r", 7)),
    ({"type": "message", "text": "r", "replyTo": "x"}, i.Say("r")),
    ({"type": "message", "text": "r", "replyTo": "²"}, i.Say("r")),
    ({"type": "message", "text": "r", "replyTo": -1}, i.Say("r")),
    ({"type": "message", "text": "r", "replyTo": "9" * 400}, i.Say("r")),
    ({"type": "message", "text": None}, i.Say("")),
    ({"type": "message"}, i.Say("")),
    ({"type": "message", "text": "a\0b\ufeff"}, i.Say("ab")),
    (
        {"type": "message", "text": "x", "ref": "r1", "room": "demo"},
        i.Say("x", None, "demo", "r1"),
    ),
    ({"type": "message", "text": "x", "ref": 17}, i.Say("x", ref="17")),
    ({"type": "setPseudo", "pseudo": " Zed "}, i.SetPseudo("Zed")),
    ({"type": "setPseudo"}, i.SetPseudo("")),
    ({"type": "clearChat", "by": ["any", {"thing": 1}]}, i.ClearChat()),
    ({"type": "typing", "isTyping": True}, i.Typing(True)),
    ({"type": "typing:indicator", "data": {"isTyping": False}}, i.Typing(False)),
    ({"type": "presence:update", "status": "away"}, i.Status("away")),
    ({"type": "join", "room": "demo"}, i.Join("demo")),
    ({"type": "resume", "after": 5}, i.Resume(5)),
    ({"type": "presence", "diff": True}, i.Follow(True)),
    ({"type": "message:delete", "id": "5"}, i.Remove(5)),
    ({"type": "ping"}, i.Unknown("ping")),
]
MALFORMED = [
    "",
    "null",
    "[]",
    "1",
    '"auth"',
    "{",
    "{}",
    '{"type":null}',
    '{"type":7}',
    '{"type":"message","text":["x"]}',
    '{"type":"message","data":"x"}',
    '{"type":"typing","isTyping":"yes"}',
    '{"type":"join"}',
    '{"type":"join","room":""}',
    '{"type":"resume"}',
    '{"type":"resume","after":-1}',
    '{"type":"resume","after":1e99}',
    '{"type":"message:delete"}',
    '{"type":"presence:update"}',
    '{"type":"presence:update","status":"' + "x" * 65 + '"}',
    '{"type":"message","text":"x","ref":"' + "r" * 65 + '"}',
    '{"type":"message","text":"x","ref":' + "1" * 65 + "}",
    '{"type":"' + "t" * 65 + '"}',
    '{"type":"message","text":"\ud800"}',
    '{"type":"message","text":"\\ud800"}',
    '{"type":"x","deep":' + "[" * 30_000 + "]" * 30_000 + "}",
    "[" * 60_000,
]


@pytest.mark.parametrize(("frame", "message"), READ)
def test_frames_of_both_generations_are_read(frame: dict[str, Any], message: i.Message) -> None:
    """As text, and as a binary frame that holds the same."""
    assert decode(json.dumps(frame)) == message
    assert decode(json.dumps(frame).encode()) == message
    assert decode(bytearray(json.dumps(frame).encode())) == message


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: text[:30])
def test_what_is_none_of_them_is_malformed(text: str) -> None:
    """And never an exception."""
    assert isinstance(decode(text), i.Malformed)


def test_bytes_that_are_no_text_are_malformed() -> None:
    """Whatever a binary frame holds."""
    assert isinstance(decode(b"\xff\xfe{}"), i.Malformed)
    assert isinstance(decode(b""), i.Malformed)


def test_a_frame_has_a_limit_in_bytes() -> None:
    """Not in characters."""
    empty = len(json.dumps({"type": "message", "text": ""}))
    fits = json.dumps({"type": "message", "text": "x" * (MAX_BYTES - empty)})
    assert isinstance(decode(fits), i.Say)
    assert decode(fits + " ") == i.Malformed("too large")
    wide = json.dumps({"type": "message", "text": "é" * (MAX_BYTES // 2)}, ensure_ascii=False)
    assert len(wide) < MAX_BYTES
    assert decode(wide) == i.Malformed("too large")
    assert decode(fits, limit=100) == i.Malformed("too large")


def test_an_error_of_the_decoder_does_not_quote_for_ever() -> None:
    """What is logged is bounded."""
    malformed = decode('{"type":' + '"x' * 20_000)
    assert isinstance(malformed, i.Malformed)
    assert len(malformed.why) <= 200


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
TYPES = sorted({frame["type"] for frame, _ in READ})
FIELDS = ["token", "text", "replyTo", "room", "ref", "pseudo", "isTyping", "status"]
FIELDS += ["after", "diff", "id"]
PLAIN = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4)


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
@settings(max_examples=300, deadline=None)
def test_nothing_raises(payload: str | bytes) -> None:
    """Any text, any bytes."""
    assert isinstance(decode(payload), get_args(i.Message))


@given(st.sampled_from(TYPES), PLAIN, st.none() | PLAIN | VALUES)
@settings(max_examples=500, deadline=None)
def test_any_fields_give_a_message_or_malformed(kind: str, fields: Any, data: Any) -> None:
    """And what is read keeps to its limits."""
    message = decode(json.dumps({"type": kind, **fields, "data": data}))
    assert isinstance(message, get_args(i.Message))
    match message:
        case i.Say():
            assert message.text == message.text.strip()
            assert "\0" not in message.text
            assert message.reply_to is None or 0 < message.reply_to <= LARGEST
            assert message.ref is None or len(message.ref) <= 64
        case i.Auth():
            assert message.token is None or message.token.strip() == message.token != ""
        case _:
            pass


@given(st.text(max_size=50))
@settings(max_examples=200, deadline=None)
def test_what_was_read_can_be_written(text: str) -> None:
    """Whatever a client sent is text that can be sent on."""
    message = decode(json.dumps({"type": "message", "text": text}))
    if isinstance(message, i.Say):
        assert json.loads(encode(Error(message.text)))["message"] == message.text


@given(st.sampled_from(READ), st.data())
@settings(max_examples=300, deadline=None)
def test_a_damaged_frame_is_read_or_malformed(case: Any, data: st.DataObject) -> None:
    """With some of its bytes replaced."""
    payload = bytearray(json.dumps(case[0]).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(decode(payload), get_args(i.Message))


def test_of_a_token_that_is_too_long_not_all_is_kept() -> None:
    """It is wrong anyway, and would be kept for as long as the connection."""
    assert decode(json.dumps({"type": "auth", "token": "x" * 60_000})) == i.Auth("x" * 1024)
