"""What is said in a room: as it is handed in, as it is kept, and as it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from headcount.chat.store.schema import message
from headcount.chat.store.statements import Row
from headcount.errors import BadInputError

LARGEST_NUMBER: Final = 2**53 - 1
"""What a number may be at most, so that JavaScript counts right."""
LONGEST_ID: Final = 200
"""Characters of a room's name, of a guest's key and of a `ref`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that is to be stored.

    Arguments:
        room: where it is said.
        pseudo: the name of who says it, as it is shown.
        text: what is said.
        user_id: the account of who says it; None for a guest.
        guest: what tells a guest from others, such as the connection's id.
        reply_to: the number of the message it replies to; without effect if there is none such.
        ref: drawn by the client. What the same sender says twice in one room with the same ref
            is stored once.

    Raises:
        BadInputError: a text holds what no database keeps (NUL, half of a character), an id is
            empty or longer than 200 characters, or a ref has no sender.
    """

    room: str
    pseudo: str
    text: str
    user_id: int | None = None
    guest: str = ""
    reply_to: int | None = None
    ref: str | None = None

    def __post_init__(self) -> None:
        check_room(self.room)
        for name in ("pseudo", "text", "guest", "ref"):
            check_text(getattr(self, name) or "", name)
        if len(self.guest) > LONGEST_ID or len(self.ref or "") > LONGEST_ID:
            raise BadInputError(f"a guest's key and a ref have at most {LONGEST_ID} characters")
        if self.ref is not None and self.user_id is None and not self.guest:
            raise BadInputError("a ref needs a sender: give a user id, or a guest's key")

    @property
    def sender(self) -> str:
        """Whose refs are told apart from others'."""
        return f"guest:{self.guest}" if self.user_id is None else f"account:{self.user_id}"


@dataclass(frozen=True, slots=True)
class Reply:
    """The message that another one replies to, as it is now."""

    id: int
    pseudo: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is stored; `id` is its number in its room."""

    room: str
    id: int
    user_id: int | None
    pseudo: str
    text: str
    created_at: datetime
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a draft; `is_new` is False where its ref was stored before."""

    message: Message
    is_new: bool


def check_room(room: str) -> None:
    """Make sure that a room may be called so.

    Raises:
        BadInputError: it may not.
    """
    if not 0 < len(room) <= LONGEST_ID:
        raise BadInputError(f"a room's name has 1 to {LONGEST_ID} characters")
    check_text(room, "room")


def check_text(text: str, what: str) -> None:
    """Make sure that a database can keep a text.

    Raises:
        BadInputError: it cannot.
    """
    if "\0" in text or not _is_whole(text):
        raise BadInputError(f"the {what} holds what is no character: NUL, or half of one")


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def number_or_none(number: int | None) -> int | None:
    """Return the number of a message, None for what can be none."""
    return number if number is not None and 0 < number <= LARGEST_NUMBER else None


_other: Final = message.alias("other")


def selected() -> sa.Select[Any]:
    """Return the query for messages, each with what it replies to as that is now."""
    joined = sa.and_(_other.c.room_id == message.c.room_id, _other.c.number == message.c.reply_to)
    return sa.select(
        message,
        _other.c.number.label("other_number"),
        _other.c.pseudo.label("other_pseudo"),
        _other.c.text.label("other_text"),
    ).select_from(message.outerjoin(_other, joined))


def message_of(row: Row, room: str) -> Message:
    """Return what a row of `selected` holds."""
    reply = None
    if row["other_number"] is not None:
        reply = Reply(row["other_number"], row["other_pseudo"], row["other_text"])
    return Message(
        room,
        row["number"],
        row["user_id"],
        row["pseudo"],
        row["text"],
        time_of(row["created_at"]),
        reply,
    )


def time_of(seconds: float) -> datetime:
    """Return a time of the database."""
    return datetime.fromtimestamp(seconds, UTC)
