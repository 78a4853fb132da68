"""What a client may say, as the hub reads it: one frozen value for each thing wanted.

Spellings differ between the two client generations (`CHAT_PROTOCOL.md`, section 1); the codec
folds them into these. G1 chooses a name, G2 has an account; A marks our additions.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Auth:
    """`auth` (G1, G2): be identified with one's account; None where no token was given."""

    token: str | None


@dataclass(frozen=True, slots=True)
class Say:
    """`message`, `message:send` (G1, G2): say something in a room; `text` is trimmed.

    `reply_to` is the number of an earlier message. `room` and `ref` are additions: the room
    that the sender believes itself in, and its own mark for the message, which is echoed.
    """

    text: str
    reply_to: int | None = None
    room: str | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class SetPseudo:
    """`setPseudo` (G1): give an anonymous connection a name; trimmed."""

    pseudo: str


@dataclass(frozen=True, slots=True)
class ClearChat:
    """`clearChat` (G1): clear the room one is in."""


@dataclass(frozen=True, slots=True)
class Typing:
    """`typing`, `typing:indicator` (G1): tell the others that one writes, or no longer."""

    is_typing: bool


@dataclass(frozen=True, slots=True)
class Status:
    """`presence:update` (G1): tell the others how one is."""

    status: str


@dataclass(frozen=True, slots=True)
class Join:
    """`join` (A): be in another room."""

    room: str


@dataclass(frozen=True, slots=True)
class Resume:
    """`resume` (A): ask for what came after message number `after` in the room one is in."""

    after: int


@dataclass(frozen=True, slots=True)
class Follow:
    """`presence` (A): be told presence as differences, or again as whole lists."""

    diff: bool


@dataclass(frozen=True, slots=True)
class Remove:
    """`message:delete` (A): delete the message with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A type that is not known here; it gets no answer."""

    type: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that arrived and is not of this protocol, and why."""

    why: str


Message = (
    Auth
    | Say
    | SetPseudo
    | ClearChat
    | Typing
    | Status
    | Join
    | Resume
    | Follow
    | Remove
    | Unknown
    | Malformed
)
