"""What the server says, one frozen struct for each frame (`CHAT_PROTOCOL.md`, section 1).

Names of fields are those that existing clients read. Both spellings of a field stand where
some client reads the one and some the other. Additions are optional fields, left out where
they say nothing, and types that existing clients ignore.
"""

from __future__ import annotations

from msgspec import UNSET, Raw, Struct, UnsetType, field


class Frame(Struct, frozen=True, tag_field="type"):
    """Anything the server sends; the tag is its type on the wire."""


class Connected(Frame, frozen=True, tag="connected"):
    """The first frame: who one is, and how many are here."""

    userId: str  # noqa: N815
    username: str
    timestamp: str
    connectedUsers: int  # noqa: N815


class UserCount(Frame, frozen=True, tag="userCount"):
    """How many are here and who; `len(users) == count`. `room` is left out for the lobby."""

    count: int
    users: list[str]
    room: str | UnsetType = UNSET


class AuthAck(Frame, frozen=True, tag="auth:ack"):
    """The account is accepted."""

    ok: bool = True


class AuthRequired(Frame, frozen=True, tag="auth_required"):
    """An `auth` came without a token."""

    message: str


class Error(Frame, frozen=True, tag="error"):
    """Something was refused; `ref` is the one of the message that this is about."""

    message: str
    code: str | UnsetType = UNSET
    ref: str | UnsetType = UNSET


class Success(Frame, frozen=True, tag="success"):
    """What was asked is done."""

    message: str


class Post(Struct, frozen=True):
    """One message as clients show it; `id` is its number in its room."""

    id: int
    username: str
    pseudo: str
    text: str
    message: str
    createdAt: str  # noqa: N815
    created_at: str
    replyTo: int | UnsetType = UNSET  # noqa: N815
    replyToPseudo: str | UnsetType = UNSET  # noqa: N815
    replyToText: str | UnsetType = UNSET  # noqa: N815
    room: str | UnsetType = UNSET


class MessageNew(Frame, frozen=True, tag="message:new"):
    """A message, to everyone in the room, its sender included."""

    data: Post


class MessageAck(Frame, frozen=True, tag="message:ack"):
    """To the sender alone (A): the message that it marked `ref` is stored under this number."""

    ref: str
    id: int
    room: str


class MessageDeleted(Frame, frozen=True, tag="message:deleted"):
    """An admin has deleted a message (A)."""

    id: int
    room: str | UnsetType = UNSET


class ChatCleared(Frame, frozen=True, tag="chatCleared"):
    """An admin has cleared the room."""

    clearedBy: str  # noqa: N815
    timestamp: str
    room: str | UnsetType = UNSET


class TypingState(Struct, frozen=True):
    """Who writes, or no longer."""

    userId: str  # noqa: N815
    username: str
    isTyping: bool  # noqa: N815


class TypingIndicator(Frame, frozen=True, tag="typing:indicator"):
    """Somebody else writes, or no longer (G1)."""

    data: TypingState


class PresenceState(Struct, frozen=True):
    """Who is how."""

    userId: str  # noqa: N815
    username: str
    status: str


class PresenceUpdate(Frame, frozen=True, tag="presence:update"):
    """Somebody else has said how they are (G1)."""

    data: PresenceState


class Joined(Frame, frozen=True, tag="joined"):
    """One is in another room now (A); `closed` is the room that is no more, if that is why."""

    room: str
    closed: str | UnsetType = UNSET


class Resumed(Frame, frozen=True, tag="resumed"):
    """What came after the number asked for and before all that came live (A).

    `recovered` false tells that this cannot be given whole; then there are no messages.
    """

    room: str
    recovered: bool
    messages: list[Post]


class Here(Struct, frozen=True):
    """Somebody who is here, under an id that no other has."""

    id: str
    name: str


class Presence(Frame, frozen=True, tag="presence"):
    """Who has come and gone since the last such frame (A).

    `whole` tells that `joined` are all who are here, whatever was told before.
    """

    count: int
    joined: list[Here] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    whole: bool = False
    room: str | UnsetType = UNSET


class Sessions(Frame, frozen=True, tag="sessions"):
    """Live sessions that are new or otherwise, and the ids of those that are no more (A).

    `whole` tells that these are all, whatever was told before; `more` that what there is to
    tell is too much for a frame, and is to be read over HTTP.
    """

    sessions: list[Raw]
    gone: list[str]
    whole: bool = False
    more: bool = False


class Restarting(Frame, frozen=True, tag="restarting"):
    """The server stops (A): come back after so many seconds, each client at its own time."""

    retryAfter: float  # noqa: N815
