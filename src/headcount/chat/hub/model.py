"""What is known of each connection, each login and each room: three records that name each other.

They only hold; what becomes of them is decided by the parts of the hub. Times are seconds on
the hub's own clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import UNSET, UnsetType

from headcount.chat.hub.allowance import Allowance
from headcount.chat.hub.effects import Channel, Kind
from headcount.chat.hub.inputs import Language, StoredMessage
from headcount.chat.wire.incoming import Say
from headcount.chat.wire.outgoing import Here

LOBBY = "lobby"


@dataclass(frozen=True, slots=True)
class Member:
    """An account as the database knows it, and the login by which a connection has it."""

    account: int
    name: str
    role: str
    login: str

    @property
    def is_admin(self) -> bool:
        """Whether it may delete what others wrote."""
        return self.role == "admin"


@dataclass(eq=False, slots=True)
class Connection:
    """One open WebSocket. Times are seconds on the hub's own clock."""

    id: str
    address: str
    language: Language
    anonymous_name: str
    room: Room
    heard: float
    counts_from: float = 0.0
    """When it begins to count, if nobody knows who it is by then."""
    pinged: bool = False
    member: Member | None = None
    """Its account, once the database has given this node the lease of the login."""
    pseudo: str | None = None
    token: str | None = None
    """The token by which it was last identified."""
    wanted: str | None = None
    """The token last shown, as long as nobody could say whose it is."""
    warned: float | None = None
    """When it was last told that nobody could."""
    asking: tuple[int, str] | None = None
    """The question under way whose token it is."""
    naming: tuple[int, str] | None = None
    """The question under way whether it may have a name."""
    login: Login | None = None
    """The login that it holds, waits for, or contends for."""
    claim: Member | None = None
    """Who it will be if it gets that."""
    contending: bool = False
    """Whether an older connection of its login is being asked if it still lives."""
    since: int | None = None
    """The room's last number when it began to listen; all later ones come live."""
    diffs: bool = False
    unstored: set[int] = field(default_factory=set)
    """The requests by which its messages are being stored."""
    allowances: dict[str, Allowance] = field(default_factory=dict)
    """What it may send of each kind, and what may be refused of all of them."""

    @property
    def name(self) -> str:
        """What others know it by."""
        return self.member.name if self.member else self.pseudo or self.anonymous_name

    @property
    def is_named(self) -> bool:
        """Whether it has an account or a name of its own choosing."""
        return self.member is not None or self.pseudo is not None

    @property
    def sender(self) -> str:
        """Who it is to the history, for which a `ref` is used once."""
        return f"account:{self.member.account}" if self.member else f"guest:{self.id}"


@dataclass(eq=False, slots=True)
class Login:
    """One login that is in use here, and its connections in the order in which they came."""

    id: str
    account: int
    request: int
    """The question by which its lease is asked for."""
    seq: int = 0
    """The greatest `seq` that another question for the same lease was answered with."""
    holders: dict[str, Connection] = field(default_factory=dict)
    contenders: dict[str, Connection] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """The holders that were pinged because a newer connection came, and were not heard since."""


@dataclass(eq=False, slots=True)
class Room:
    """One room: who is in it, what was told of its people, and how far its messages are told."""

    name: str
    inside: dict[str, Connection] = field(default_factory=dict)
    people: tuple[Here, ...] = ()
    """The instances of a session; nothing for the lobby, whose people are the crowd."""
    told: tuple[Here, ...] = ()
    told_at: float = 0.0
    told_size: int = 0
    """About how many bytes that took, for each who was told."""
    newcomers: dict[str, Connection] = field(default_factory=dict)
    """Those to whom the people have still to be told, though they may be as told before."""
    loading: bool = False
    delivered: int | None = None
    """The number of the last message told, once the history has been asked for it."""
    pending: dict[int, StoredMessage] = field(default_factory=dict)
    """Stored, and not told yet because an earlier one is missing."""
    skipped: set[int] = field(default_factory=set)
    """Numbers that will never be told: deleted before they were."""
    deleted: dict[int, None] = field(default_factory=dict)
    cleared: int = 0
    """Nothing up to this number is there any more."""
    held: list[tuple[str, Say]] = field(default_factory=list)
    """What was said before the history was asked for its last number."""
    resuming: list[tuple[Connection, int]] = field(default_factory=list)

    @property
    def on_wire(self) -> str | UnsetType:
        """The room as frames name it: existing clients know nothing but the lobby."""
        return UNSET if self.name == LOBBY else self.name

    def channel(self, kind: Kind) -> Channel:
        """Return one of the room's channels."""
        return Channel(self.name, kind)
