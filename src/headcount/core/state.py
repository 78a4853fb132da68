"""The session state: the single source of truth, and the order between two of them."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from headcount.core.lifecycle import Phase, Turn, after
from headcount.core.topics import ID_PATTERN

MAX_MEMBERS: Final = 250
MAX_STATE_BYTES: Final = 256 * 1024
MAX_PROPERTIES_BYTES: Final = 16 * 1024
MAX_REMOVED: Final = 256
MAX_DEPTH: Final = 64
"""How deep lists and objects may stand in one another in a message that is read."""
MAX_VALUE_DEPTH: Final = 32
"""How deep they may in what an application writes: whatever holds it has to be read, too."""

Id = Annotated[str, Meta(pattern=ID_PATTERN)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Number = Annotated[int, Meta(ge=0, lt=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]
Seed = Annotated[int, Meta(ge=0, lt=2**31)]
SeatCount = Annotated[int, Meta(ge=1, le=MAX_MEMBERS)]


class Incarnation(Struct, frozen=True):
    """One connection of one process: order exists only within one `nonce`."""

    nonce: Id
    counter: Number

    def continues(self, other: Incarnation) -> bool:
        """Tell whether this is the same process as `other`, on the same or a later connection."""
        return self.nonce == other.nonce and self.counter >= other.counter


class Applied(Struct, frozen=True):
    """The last request of a member that a host decided, so that none is done twice."""

    nonce: Id
    request: Number
    outcome: str = "ACCEPTED"


class Timers(Struct, frozen=True, omit_defaults=True):
    """The times a session runs on, in seconds; its creator's, for everyone in it."""

    heartbeat: Annotated[float, Meta(ge=0.01, le=86_400)] = 2.0
    lease: Seconds = 6.0
    grace_lobby: Seconds = 1.5
    grace_started: Seconds = 30.0
    link_timeout: Seconds = 60.0


class Member(Struct, frozen=True, omit_defaults=True):
    """One instance that holds a seat, whether it is connected or away."""

    name: Name
    joined_at: str
    joined_seq: Number
    incarnation: Incarnation
    role: Name | None = None
    ready: bool = False
    status: Literal["connected", "away"] = "connected"
    resume_hash: str = ""
    applied: Applied | None = None


class Removal(Struct, frozen=True, omit_defaults=True):
    """Why a client is no longer a member, and its last request, so that an old one stays void."""

    why: Literal["kicked", "left", "silent"]
    applied: Applied | None = None


class SessionState(Struct, frozen=True, omit_defaults=True):
    """A session, whole. Only its host writes it; every display reads it and nothing else."""

    session_id: Id
    session_uid: Id
    creator_client_id: Id
    host_client_id: Id
    incarnation: Incarnation
    epoch: Number
    version: Number
    model_name: Name
    created_at: str
    last_updated: str
    last_heartbeat: str
    members: dict[Id, Member]
    connected_instances: list[Id]
    num_players_min: SeatCount
    num_players_max: SeatCount | None
    phase: Phase = field(default=Phase.OPEN, name="state")
    seed: Seed = 0
    roles: list[Name] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    timers: Timers = Timers()
    removed: dict[Id, Removal] = field(default_factory=dict)
    on_host_loss: Literal["close", "migrate"] = "close"
    auto_start: bool = False
    countdown: Seconds | None = None
    closed_reason: str | None = None
    signature: str | None = None
    unknown: dict[str, Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many instances are connected: the one number every display shows."""
        return len(self.connected_instances)

    @property
    def is_closed(self) -> bool:
        """Whether this is the last state of its uid."""
        return self.phase is Phase.CLOSED

    @property
    def seats(self) -> int:
        """The most members there may be."""
        return MAX_MEMBERS if self.num_players_max is None else self.num_players_max

    @property
    def joinable(self) -> bool:
        """Whether a newcomer would find a seat now."""
        return self.phase is Phase.OPEN and len(self.members) < self.seats

    def role_holder(self, role: str) -> str | None:
        """Return the client id of the member that holds `role`, or None."""
        return next((cid for cid, member in self.members.items() if member.role == role), None)

    def successors(self) -> list[str]:
        """Return the connected members in rank order, the host left out (rule R5)."""
        return [cid for cid in self.connected_instances if cid != self.host_client_id]

    def supersedes(self, other: SessionState) -> bool:
        """Tell whether this state is later than `other`, one of the same uid (rule "Order")."""
        if self.epoch != other.epoch:
            return self.epoch > other.epoch
        if self.host_client_id != other.host_client_id:
            return self.host_client_id < other.host_client_id
        return self.version > other.version

    def same_as(self, other: SessionState) -> bool:
        """Tell whether both are one published state."""
        return (
            self.session_uid == other.session_uid
            and self.epoch == other.epoch
            and self.host_client_id == other.host_client_id
            and self.version == other.version
        )

    def with_members(self, members: dict[str, Member]) -> SessionState:
        """Return this state with `members` in place of its own, counted anew."""
        return replace(self, members=members, connected_instances=connected(members))

    def with_member(self, client_id: str, member: Member) -> SessionState:
        """Return this state with one member put in or replaced."""
        return self.with_members({**self.members, client_id: member})

    def without_member(self, client_id: str, removal: Removal) -> SessionState:
        """Return this state with one member taken out, and why remembered within bounds."""
        members = {cid: member for cid, member in self.members.items() if cid != client_id}
        removed = {cid: r for cid, r in self.removed.items() if cid != client_id}
        removed[client_id] = removal
        if len(removed) > MAX_REMOVED:
            # A kick is a decision that must last; who left by itself is forgotten first.
            oldest = next((c for c, r in removed.items() if r.why != "kicked"), next(iter(removed)))
            del removed[oldest]
        return replace(self.with_members(members), removed=removed)

    def turned(self, turn: Turn) -> SessionState | None:
        """Return this state after `turn`, or None when its phase does not allow it."""
        phase = after(self.phase, turn)
        return None if phase is None else replace(self, phase=phase, countdown=None)


def deeper(value: Any, levels: int) -> bool:
    """Tell whether lists and objects stand in one another more than `levels` deep."""
    if not isinstance(value, list | dict):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(deeper(each, levels - 1) for each in inner)


def connected(members: dict[str, Member]) -> list[str]:
    """Return the ids of the connected members in the order in which they joined."""
    present = [(m.joined_seq, cid) for cid, m in members.items() if m.status == "connected"]
    return [cid for _, cid in sorted(present)]
