"""Text to messages and frames to bytes: one pure pair.

What cannot be read becomes a `Malformed`, never an exception: a client must not be able to
raise into the server. Nothing is built from fields that are not read, however deep they are.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from headcount.chat.wire import incoming as i
from headcount.chat.wire.outgoing import Frame

MAX_BYTES = 64 * 1024
"""The most a client's frame may hold, in bytes."""
MAX_ID = 64
"""The most characters of an id: a room, a `ref`, a type."""
MAX_STATUS = 64
MAX_TOKEN = 1024
"""The most characters of a token that are kept; no server's are so long, so it is wrong anyway."""
LARGEST = 2**53 - 1
"""The greatest number that every client can hold."""
BEARER = "bearer"

Id = Annotated[str, Meta(max_length=MAX_ID)]
Ref = Id | Annotated[int, Meta(ge=-LARGEST, le=LARGEST)]
"""What a client marks a message with; a number is kept as a text."""
T = TypeVar("T")


class _Fields(Struct):
    """All fields that any message has; what else stands in a frame is not looked at."""

    token: str | None = None
    text: str | None = None
    reply_to: str | int | None = field(default=None, name="replyTo")
    room: Id | None = None
    ref: Ref | None = None
    pseudo: str | None = None
    is_typing: bool | None = field(default=None, name="isTyping")
    status: str | None = None
    after: int | None = None
    diff: bool | None = None
    id: str | int | None = None


class _Frame(_Fields, kw_only=True):
    """A frame, whose fields may also stand under `data`."""

    type: Id
    data: _Fields | None = None


_DECODER = msgspec.json.Decoder(_Frame)
_ENCODER = msgspec.json.Encoder()


def encode(frame: Frame) -> bytes:
    """Return the text frame of `frame`, UTF-8."""
    return _ENCODER.encode(frame)


def decode(payload: str | bytes | bytearray | memoryview, limit: int = MAX_BYTES) -> i.Message:
    """Return what a client's frame says, or why it says nothing.

    Args:
        payload: the frame as it came, text or binary.
        limit: the most it may hold, in bytes.
    """
    if len(payload) > limit:
        return i.Malformed("too large")
    try:
        raw = payload.encode() if isinstance(payload, str) else payload
        if len(raw) > limit:
            return i.Malformed("too large")
        frame = _DECODER.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        return i.Malformed(str(error)[:200])
    return _read(frame)


def _read(frame: _Frame) -> i.Message:
    """Return the message that a frame of the right shape holds."""
    match frame.type:
        case "message" | "message:send":
            return _say(frame)
        case "auth":
            return i.Auth(_token(_either(frame.token, frame, "token")))
        case "setPseudo":
            return i.SetPseudo(_clean(_either(frame.pseudo, frame, "pseudo")))
        case "clearChat":
            return i.ClearChat()
        case "typing" | "typing:indicator":
            return i.Typing(bool(_either(frame.is_typing, frame, "is_typing")))
        case "presence:update":
            return _status(frame)
        case _:
            return _addition(frame)


def _addition(frame: _Frame) -> i.Message:
    """Return the message of a type that existing clients do not send."""
    match frame.type:
        case "join":
            room = frame.room
            return i.Malformed("join without a room") if not room else i.Join(room)
        case "resume":
            after = frame.after
            if after is None or not 0 <= after <= LARGEST:
                return i.Malformed("resume without a number")
            return i.Resume(after)
        case "presence":
            return i.Follow(bool(frame.diff))
        case "message:delete":
            removed = _removed(frame)
            return i.Malformed("delete without a number") if removed is None else i.Remove(removed)
        case unknown:
            return i.Unknown(unknown)


def _say(frame: _Frame) -> i.Say:
    reply_to: str | int | None = _either(frame.reply_to, frame, "reply_to")
    ref: str | int | None = _either(frame.ref, frame, "ref")
    return i.Say(
        _clean(_either(frame.text, frame, "text")),
        number(reply_to),
        _either(frame.room, frame, "room") or None,
        None if ref is None else str(ref),
    )


def _removed(frame: _Frame) -> int | None:
    id: str | int | None = _either(frame.id, frame, "id")
    return number(id)


def _status(frame: _Frame) -> i.Message:
    status = _clean(_either(frame.status, frame, "status"))
    if not 0 < len(status) <= MAX_STATUS:
        return i.Malformed("no status, or too long a one")
    return i.Status(status)


def _either(plain: T, frame: _Frame, name: str) -> T:
    """Return a field of the frame itself, or else the one under `data`."""
    if plain is not None or frame.data is None:
        return plain
    under: T = getattr(frame.data, name)
    return under


def _token(token: str | None) -> str | None:
    """Return a token without the prefix that some clients send, or None where there is none."""
    token = (token or "").strip()
    scheme, _, rest = token.partition(" ")
    return (rest.strip() if scheme.lower() == BEARER else token)[:MAX_TOKEN] or None


def _clean(text: str | None) -> str:
    """Return a text trimmed as browsers trim, without NULs, which no database may hold."""
    return (text or "").replace("\0", "").strip().strip("\ufeff").strip()


def number(value: object) -> int | None:
    """Return the number of a message, which clients send as a string; None for anything else."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 17 else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value <= LARGEST else None
