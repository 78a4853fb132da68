"""What happens to a hub: connections, frames, answers of the database, news of the broker.

Answers carry the `request` of the effect that asked. Every such effect has exactly one answer;
an answer that nobody waits for any more is ignored, but for a login that it has attached,
which is released again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from headcount.chat.wire.incoming import Message

Language = Literal["fr", "en"]
Why = Literal["invalid", "taken", "unavailable"]
"""Why a token is not accepted: it is none (any more), another login has the account, or the
database did not answer."""


# --- connections -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """A WebSocket is open.

    `connection` is random and never used again. `at` is the time for people, ISO 8601 in UTC.
    """

    connection: str
    address: str
    language: Language = "fr"
    at: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A frame came, decoded."""

    connection: str
    message: Message


@dataclass(frozen=True, slots=True)
class Alive:
    """Anything else was heard, a pong above all."""

    connection: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The WebSocket is gone, whoever closed it."""

    connection: str


# --- accounts and logins ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identified:
    """The token asked about belongs to a login of an account."""

    request: int
    account: int
    name: str
    role: str
    login: str


@dataclass(frozen=True, slots=True)
class NotIdentified:
    """It does not, or nobody knows now."""

    request: int
    why: Why


@dataclass(frozen=True, slots=True)
class Attached:
    """The login has its account, and this node its lease; `seq` grows with every attachment."""

    request: int
    account: int
    login: str
    seq: int


@dataclass(frozen=True, slots=True)
class NotAttached:
    """It has not."""

    request: int
    why: Why


@dataclass(frozen=True, slots=True)
class Renewed:
    """The lease of a login runs on from when its renewal was asked for."""

    request: int


@dataclass(frozen=True, slots=True)
class NotRenewed:
    """The database did not answer; the lease may run still."""

    request: int


@dataclass(frozen=True, slots=True)
class LoginLost:
    """No row was touched: the login is somebody else's by now, or it was ended.

    `seq` is the one of the renewal: one that was overtaken by a newer attachment says nothing.
    """

    login: str
    seq: int | None = None
    replaced: bool = True


@dataclass(frozen=True, slots=True)
class NameFree:
    """A guest may take this name."""

    request: int


@dataclass(frozen=True, slots=True)
class NameTaken:
    """No guest may take this name; `why` is "taken", or "unavailable" where nobody knows now."""

    request: int
    why: Why = "taken"


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """A login was ended, in the database already: logged out, or replaced by another login."""

    login: str
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Revoked:
    """All logins of an account were ended, in the database already."""

    account: int


@dataclass(frozen=True, slots=True)
class Registered:
    """An account was made, in the database already: no guest goes on under its name."""

    name: str


# --- messages --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it stands in the history; `number` is the one in its room, from 1 on."""

    number: int
    author: str
    text: str
    at: str
    reply_to: int | None = None
    reply_author: str | None = None
    reply_text: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A message is stored, and may be told.

    `request` is None for what did not come through this hub: over HTTP, from another node.
    """

    request: int | None
    room: str
    message: StoredMessage


@dataclass(frozen=True, slots=True)
class NotStored:
    """A message is not stored, as far as anybody knows."""

    request: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the history has of a range; not `complete` where some of it is no longer kept.

    A deleted message is simply not among them: the range is complete without it.
    """

    request: int
    messages: tuple[StoredMessage, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class NotFetched:
    """The database did not answer."""

    request: int


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """An admin has deleted a message, in the database already; `request` as in `Stored`."""

    room: str
    number: int
    request: int | None = None


@dataclass(frozen=True, slots=True)
class RoomCleared:
    """An admin has deleted all messages of a room up to number `last`, in the database already."""

    room: str
    last: int
    by: str
    at: str
    request: int | None = None


@dataclass(frozen=True, slots=True)
class NotDone:
    """A message was not deleted, or a room not cleared: the database did not answer."""

    request: int


@dataclass(frozen=True, slots=True)
class RoomLoaded:
    """The last number that a room has given, 0 where it has given none."""

    room: str
    last: int


# --- rooms and the server --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session of the broker: its room, and its connected instances as (id, name) pairs.

    `shown` is all of it that those who follow the sessions are told, as JSON; empty as long as
    they are not to be told of it.
    """

    room: str
    people: tuple[tuple[str, str], ...] = ()
    shown: bytes = b""


@dataclass(frozen=True, slots=True)
class SessionsChanged:
    """All live sessions of the broker, whole: rooms that are not among them are no more."""

    sessions: tuple[LiveSession, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A deadline has come."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """The server is asked to stop."""


Input = (
    Opened
    | Received
    | Alive
    | Closed
    | Identified
    | NotIdentified
    | Attached
    | NotAttached
    | Renewed
    | NotRenewed
    | LoginLost
    | NameFree
    | NameTaken
    | LoggedOut
    | Revoked
    | Registered
    | Stored
    | NotStored
    | Fetched
    | NotFetched
    | MessageDeleted
    | RoomCleared
    | NotDone
    | RoomLoaded
    | SessionsChanged
    | Tick
    | Stopping
)
