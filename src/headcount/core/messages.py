"""What travels: one frozen struct for each kind of message.

A number that is a bool or a float, an id with a character that does not belong, a field
that is missing: the codec answers `Malformed`, and nothing of it reaches a machine.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from headcount.core.lifecycle import Phase
from headcount.core.state import Id, Incarnation, Name, Number, Seconds, SessionState


class Code(StrEnum):
    """How a request ended; all but the first are refusals."""

    ACCEPTED = "ACCEPTED"
    NOT_FOUND = "NOT_FOUND"
    EXISTS = "EXISTS"
    FULL = "FULL"
    STARTED = "STARTED"
    CLOSED = "CLOSED"
    ROLE_TAKEN = "ROLE_TAKEN"
    ROLE_UNKNOWN = "ROLE_UNKNOWN"
    NOT_ALLOWED = "NOT_ALLOWED"
    NOT_MEMBER = "NOT_MEMBER"
    CONFLICT = "CONFLICT"
    KICKED = "KICKED"
    BAD_INPUT = "BAD_INPUT"
    TIMEOUT = "TIMEOUT"

    @classmethod
    def noted(cls, outcome: str) -> Code:
        """Return the code that a state's note names; one that is not known here is a refusal."""
        return cls(outcome) if outcome in cls.__members__ else cls.BAD_INPUT


class Card(Struct, frozen=True):
    """What a session shows of itself to those who look for one."""

    session_id: Id
    session_uid: Id
    model_name: Name
    host_client_id: Id
    num_players_min: int
    num_players_max: int | None


class Heartbeat(Struct, frozen=True):
    """The host lives, and this is the last version it published."""

    uid: Id
    epoch: Number
    host: Id
    incarnation: Incarnation
    version: Number
    count: Number
    phase: Phase
    seq: Number
    age: Number = 0


class Beat(Struct, frozen=True):
    """A member renews its lease."""

    uid: Id
    epoch: Number
    incarnation: Incarnation


class Presence(Struct, frozen=True, omit_defaults=True):
    """A birth (said again with another `mark` to hear oneself) or a death, often as a will."""

    kind: Literal["birth", "death"]
    incarnation: Incarnation
    mark: Number = 0


class Change(Struct, frozen=True, omit_defaults=True):
    """One field of a patch: what it becomes, if it still has the value that was read.

    `absent` tells a key that is not there from one whose value is null.
    """

    path: Annotated[str, Meta(min_length=1, max_length=256)]
    old: Any = None
    new: Any = None
    old_absent: bool = False
    new_absent: bool = False


class Ask(Struct, frozen=True, tag_field="kind"):
    """What a request asks for; the tag is its name on the wire."""


class Join(Ask, frozen=True, tag="join", omit_defaults=True):
    """Take a seat, or one's own seat again with the secret it was taken with."""

    name: Name
    secret: Annotated[str, Meta(min_length=1, max_length=128)]
    role: Name | None = None


class Leave(Ask, frozen=True, tag="leave"):
    """Give the seat up."""


class Ready(Ask, frozen=True, tag="ready"):
    """Say whether one is ready to start."""

    ready: bool


class Role(Ask, frozen=True, tag="role"):
    """Take a role, or give one's own up with null."""

    role: Name | None


class Patch(Ask, frozen=True, tag="set"):
    """Change fields, each only if it still has the value that was read."""

    changes: Annotated[list[Change], Meta(min_length=1, max_length=256)]


class Start(Ask, frozen=True, tag="start"):
    """Start at once, or after a countdown in seconds."""

    countdown: Seconds = 0.0


class Cancel(Ask, frozen=True, tag="cancel"):
    """Stop a countdown."""


class Close(Ask, frozen=True, tag="close"):
    """End the session for everyone."""


class Kick(Ask, frozen=True, tag="kick"):
    """Take a member's seat away for good."""

    client_id: Id


class Look(Ask, frozen=True, tag="probe"):
    """Ask the host of one session to say that it lives."""


AnyAsk = Join | Leave | Ready | Role | Patch | Start | Cancel | Close | Kick | Look


class Request(Struct, frozen=True, omit_defaults=True):
    """One request of one client, numbered by it within its nonce.

    `uid` and `epoch` are those of the state it has read, so that a host that was overtaken
    learns of it.
    """

    client_id: Id
    incarnation: Incarnation
    request: Number
    ask: AnyAsk
    uid: Id | None = None
    epoch: Number = 0


class Reply(Struct, frozen=True, omit_defaults=True):
    """A host's answer to one request, or its word that the client is no member."""

    uid: Id
    nonce: Id
    request: Number
    code: Code
    epoch: Number
    version: Number = 0
    message: str = ""
    current: dict[str, Any] = field(default_factory=dict)


class AppMessage(Struct, frozen=True):
    """An application's own message, numbered by its sender within its nonce."""

    uid: Id
    nonce: Id
    seq: Number
    payload: Any


class Probe(Struct, frozen=True, omit_defaults=True):
    """Ask every live host to say so; `sweeps` if it is to find leftovers of dead sessions."""

    client_id: Id
    sweeps: bool = False


Body = SessionState | Card | Heartbeat | Request | Reply | Beat | Presence | AppMessage | Probe
