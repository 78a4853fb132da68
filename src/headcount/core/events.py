"""Inputs, effects and notices: everything that goes into a machine or comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from headcount.core.messages import AnyAsk, Body, Code
from headcount.core.state import SessionState, Timers
from headcount.core.topics import Topic

DEFAULT_TIMERS = Timers()

# --- inputs: what happened -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The broker has accepted the connection; `expiry` tells whether messages can expire."""

    expiry: bool = False


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The connection is gone, and with it all that was on its way out.

    `refused` tells that the last attempt to come back was refused by every address.
    """

    refused: bool = False


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """One message, decoded; `body` None is an empty payload, the sign of a cleared topic."""

    topic: Topic
    body: Body | None
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Malformed:
    """Something that arrived and is not of this protocol. It is counted and otherwise ignored."""

    topic: str
    why: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A deadline has come."""


# --- inputs: what the application wants ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enter:
    """Join a session that exists."""

    session_id: str
    name: str
    secret: str
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Create a session and host it."""

    session_id: str
    session_uid: str
    model_name: str
    name: str
    secret: str
    seed: int
    num_players_min: int = 1
    num_players_max: int | None = None
    roles: tuple[str, ...] = ()
    on_host_loss: Literal["close", "migrate"] = "close"
    auto_start: bool = False
    timers: Timers = DEFAULT_TIMERS


@dataclass(frozen=True, slots=True)
class Observe:
    """Follow a session without taking a seat."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Stop following a session: no more notices of it."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Command:
    """Ask the host of a session for something; `ref` returns in the answer."""

    session_id: str
    ref: int
    ask: AnyAsk


@dataclass(frozen=True, slots=True)
class Say:
    """Send an application message to everyone in a session."""

    session_id: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Browse:
    """Keep a list of live sessions."""


@dataclass(frozen=True, slots=True)
class StopBrowsing:
    """Keep it no longer."""


Input = (
    LinkUp
    | LinkDown
    | MessageReceived
    | Malformed
    | Tick
    | Enter
    | Found
    | Observe
    | Forget
    | Command
    | Say
    | Browse
    | StopBrowsing
)


# --- notices: what the application is told ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request was applied, at `version`; `ref` is None for joining and creating."""

    session_id: str
    request: str
    version: int
    ref: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A request was not applied. `current` holds the values that moved, on a conflict."""

    session_id: str
    request: str
    code: Code
    message: str
    ref: int | None = None
    current: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class StateChanged:
    """A later state of the session was read."""

    session_id: str
    state: SessionState


@dataclass(frozen=True, slots=True)
class CountdownTick:
    """Whole seconds until the start, or None when the countdown was cancelled."""

    session_id: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class MessageArrived:
    """An application message, in its sender's order."""

    session_id: str
    sender: str
    name: str
    payload: Any
    seq: int


@dataclass(frozen=True, slots=True)
class MessagesMissed:
    """`missed` messages of one sender did not arrive."""

    session_id: str
    sender: str
    missed: int


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """One's own connection was lost or restored, or one's own authority as host was."""

    up: bool


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """One's own part in a session is over, and why."""

    session_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionParted:
    """Nothing more will be said in a session; one may disconnect."""

    session_id: str


@dataclass(frozen=True, slots=True)
class SessionsListed:
    """The live sessions, whole, sorted by creation time and id."""

    sessions: tuple[SessionState, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """Topics of a session without a live host were cleared."""

    session_id: str
    why: str


Notice = (
    Accepted
    | Refused
    | StateChanged
    | CountdownTick
    | MessageArrived
    | MessagesMissed
    | LinkChanged
    | SessionClosed
    | SessionParted
    | SessionsListed
    | Swept
)


# --- effects: what the runner is to do -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Publish; `body` None clears a retained topic. `expiry` in seconds, where the broker can."""

    topic: Topic
    body: Body | None
    retain: bool = False
    expiry: int | None = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Subscribe; asked again for a filter one has, the broker sends what is retained again."""

    filters: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Unsubscribe."""

    filters: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class DropLink:
    """The connection is deaf: give it up and connect anew."""


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell the application."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Count:
    """Add to a metric."""

    metric: str
    amount: int = 1


Effect = Send | Subscribe | Unsubscribe | DropLink | Notify | Count
