"""What a hub asks of its server: frames, closings, and questions to the database.

Effects are performed in the order in which they come. The sending ones never wait: a
connection that does not take what it is sent is cut off. The others run beside one another;
each of those that has a `request` is answered by one input that carries it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from headcount.chat.wire.outgoing import Frame


class Kind(Enum):
    """What a channel carries."""

    COUNTS = "counts"
    """Presence as whole lists, as existing clients know it."""
    DIFFS = "diffs"
    """Presence as differences."""
    TALK = "talk"
    """Messages, and what G1 tells of the others."""
    SESSIONS = "sessions"
    """What the live sessions are, for those who follow them."""


class Channel(NamedTuple):
    """A set of connections that get the same bytes."""

    room: str
    kind: Kind


# --- connections -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Send:
    """Send a frame to one connection."""

    connection: str
    frame: Frame


@dataclass(frozen=True, slots=True)
class Broadcast:
    """Send a frame, encoded once, to all of a channel, `without` one where it is given."""

    channel: Channel
    frame: Frame
    without: str | None = None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Put a connection into a channel."""

    connection: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Take a connection out of a channel."""

    connection: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Close a connection, after what was sent to it; take it out of all channels at once.

    The hub has forgotten it already: a `Closed` may follow or not.
    """

    connection: str
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Probe:
    """Send a ping now; whatever is heard afterwards is an `Alive`."""

    connection: str


# --- accounts and logins ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identify:
    """Whose token is this? `Identified` or `NotIdentified`."""

    request: int
    connection: str
    token: str


@dataclass(frozen=True, slots=True)
class Attach:
    """Take the lease of a login for this node. `Attached` or `NotAttached`.

    Only if its account is not another login's; raises the row's `attach_seq`.
    """

    request: int
    account: int
    login: str


@dataclass(frozen=True, slots=True)
class Renew:
    """Renew a lease where login and `seq` still fit. `Renewed`, `NotRenewed` or `LoginLost`."""

    request: int
    account: int
    login: str
    seq: int


@dataclass(frozen=True, slots=True)
class Release:
    """End a lease where login and `seq` still fit. No answer; one that fails expires by itself."""

    account: int
    login: str
    seq: int


@dataclass(frozen=True, slots=True)
class CheckName:
    """May a guest take this name? `NameFree` or `NameTaken` (an account's, or reserved)."""

    request: int
    name: str


# --- messages --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Store:
    """Store a message. `Stored` or `NotStored`.

    Of one connection they must be stored in the order in which they come. A `sender` that has
    used a `ref` before gets the message stored then: `sender` is an account or one connection
    of a guest.
    """

    request: int
    connection: str
    room: str
    sender: str
    account: int | None
    author: str
    text: str
    reply_to: int | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Read messages with numbers from `after` + 1 to `up_to`. `Fetched` or `NotFetched`."""

    request: int
    room: str
    after: int
    up_to: int


@dataclass(frozen=True, slots=True)
class LoadRoom:
    """Read the last number of a room. `RoomLoaded`, tried again until it can be answered."""

    room: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a message. `MessageDeleted` or `NotDone`."""

    request: int
    room: str
    number: int
    by: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Delete all messages of a room. `RoomCleared` or `NotDone`."""

    request: int
    room: str
    by: str


# --- the server ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """Add to a metric."""

    metric: str
    amount: int = 1


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing is left to do: every connection is closed and every lease released."""


Effect = (
    Send
    | Broadcast
    | Subscribe
    | Unsubscribe
    | Disconnect
    | Probe
    | Identify
    | Attach
    | Renew
    | Release
    | CheckName
    | Store
    | Fetch
    | LoadRoom
    | Delete
    | Clear
    | Count
    | Stopped
)
