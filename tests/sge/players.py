"""Ours in a world of emulated existing instances: one that hosts, and one that visits theirs.

The session of the one that hosts is a state that changes as its rules say; the protocol by which
members of ours come and go has a simulation of its own (`headcount.testing`).
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count

from msgspec.structs import replace

from headcount.core.lifecycle import Phase
from headcount.core.state import Removal, SessionState
from headcount.sge.hosting.casting import Claim
from headcount.sge.hosting.mirror import Mirror, Seat, Unseat
from headcount.sge.protocol import wire
from headcount.sge.visiting.claiming import Answered
from headcount.sge.visiting.guest import Ended, Guest, Seeded, Started
from tests.core import builders as b
from tests.interop import old_wire
from tests.interop.old_wire import Clock, Effect

SID = "S1"
SEED = 4242
ROLES = ["Player 1", "Player 2", "Player 3", "Player 4"]


def spoken(effects: Sequence[object]) -> list[Effect]:
    """Return what is published, in the emulation's words."""
    return [
        old_wire.Publish(effect.topic, effect.payload, effect.retain)
        for effect in effects
        if isinstance(effect, wire.Publish)
    ]


class Host:
    """One of ours that hosts a session with existing instances and members of ours.

    Args:
        name: its client id.
        clock: its wall clock.
        rng: draws how long it takes to give somebody a seat.
        seats: so many there are.
    """

    def __init__(
        self, name: str, clock: Clock, rng: random.Random, seats: int = 20, session_id: str = SID
    ) -> None:
        self.name = name
        self.mirror = Mirror(name)
        members = {name: b.member(name, 1)}
        self.state = b.state(
            name,
            session_id=session_id,
            members=members,
            connected_instances=[name],
            num_players_min=1,
            num_players_max=seats,
            seed=SEED,
            roles=ROLES,
        )
        self._clock, self._rng = clock, rng
        self._due: list[tuple[float, int, Callable[[float], list[Effect]]]] = []
        self._numbers = count(2)
        self._last = 0.0
        self._vanished: dict[str, float] = {}

    # --- what is clicked ---------------------------------------------------------------------

    def open(self, now: float) -> list[Effect]:
        """Show the session."""
        return self._show(self.state, now)

    def member_joins(self, now: float, client_id: str) -> list[Effect]:
        """Let a member of ours come."""
        return self._seated(client_id, now)

    def member_leaves(self, now: float, client_id: str) -> list[Effect]:
        """Let a member of ours go, or be missed at once by its will."""
        return self._removed(client_id, now)

    def member_claims(self, now: float, client_id: str, role: str | None) -> list[Effect]:
        """Let a member of ours take a role, if it is free."""
        if role is not None and self.state.role_holder(role) not in (None, client_id):
            return []
        return self._cast(client_id, role, now)

    def start(self, now: float) -> list[Effect]:
        """Start the game."""
        return self._show(replace(self.state, phase=Phase.STARTED), now)

    def close(self, now: float) -> list[Effect]:
        """End the session."""
        closed = replace(self.state, phase=Phase.CLOSED, closed_reason="closed")
        return self._show(closed, now)

    # --- what happens ------------------------------------------------------------------------

    @property
    def deadline(self) -> float | None:
        """When `step` is to be called."""
        wanted = [self.mirror.next_deadline(), self._due[0][0] if self._due else None]
        return min((at for at in wanted if at is not None), default=None)

    def step(self, now: float) -> list[Effect]:
        """Do what is due."""
        out: list[Effect] = []
        while self._due and self._due[0][0] <= now:
            out += heapq.heappop(self._due)[2](now)
        return out + self._did(self.mirror.tick(now, self._utc), now)

    def receive(
        self, now: float, topic: str, payload: bytes, retained: bool = False
    ) -> list[Effect]:
        """Take a message."""
        read = wire.read(topic, payload, retained)
        return [] if read is None else self._did(self.mirror.heard(read, now, self._utc), now)

    def lost(self, now: float) -> list[Effect]:
        """Learn that the connection is lost."""
        self.mirror.lost(now)
        return []

    def connected(self, now: float) -> list[Effect]:
        """Subscribe."""
        heard: list[Effect] = [
            old_wire.Subscribe(each) for each in wire.filters(self.state.session_id)
        ]
        return heard + self._did(self.mirror.connected(now, self._utc), now)

    def will(self, now: float) -> list[Effect]:
        """Nothing: a host's own will is not of this protocol."""
        return []

    # --- the session -------------------------------------------------------------------------

    @property
    def _utc(self) -> float:
        return self._clock().timestamp()

    def _did(self, effects: Sequence[object], now: float) -> list[Effect]:
        for effect in effects:
            match effect:
                case Seat():
                    self._soon(partial(self._seated, effect.client_id), now)
                case Unseat(silent=True):
                    self._soon(partial(self._away, effect.client_id), now)
                case Unseat():
                    self._soon(partial(self._removed, effect.client_id), now)
                case Claim():
                    self._soon(partial(self._claimed, effect.client_id, effect.role), now)
        return spoken(effects)

    def _soon(self, action: Callable[..., list[Effect]], now: float) -> None:
        """Do it a little later, in order."""
        self._last = max(self._last, now + self._rng.uniform(0.01, 0.1))
        self._later(self._last, action)

    def _later(self, at: float, action: Callable[..., list[Effect]]) -> None:
        heapq.heappush(self._due, (at, next(self._numbers), lambda now: action(now=now)))

    def _show(self, state: SessionState, now: float) -> list[Effect]:
        self.state = replace(state, version=self.state.version + 1)
        return self._did(self.mirror.show(self.state, now, self._utc), now)

    def _seated(self, client_id: str, now: float) -> list[Effect]:
        member = self.state.members.get(client_id)
        full = len(self.state.members) >= self.state.seats
        if member is None and (full or self.state.phase is not Phase.OPEN):
            self.mirror.refused(client_id, now)
            return []
        self._vanished.pop(client_id, None)
        if member is not None:
            back = replace(member, status="connected")
            return self._show(self.state.with_member(client_id, back), now)
        newcomer = b.member(client_id, next(self._numbers))
        return self._show(self.state.with_member(client_id, newcomer), now)

    def _away(self, client_id: str, now: float) -> list[Effect]:
        member = self.state.members.get(client_id)
        if member is None:
            return []
        grace = 30.0 if self.state.phase is Phase.STARTED else 1.5
        self._vanished[client_id] = now + grace
        self._later(now + grace, partial(self._grace_ends, client_id))
        return self._show(self.state.with_member(client_id, replace(member, status="away")), now)

    def _grace_ends(self, client_id: str, now: float) -> list[Effect]:
        if now < self._vanished.get(client_id, float("inf")):
            return []
        return self._removed(client_id, now)

    def _removed(self, client_id: str, now: float) -> list[Effect]:
        self._vanished.pop(client_id, None)
        if client_id not in self.state.members:
            return []
        return self._show(self.state.without_member(client_id, Removal("left")), now)

    def _claimed(self, client_id: str, role: str | None, now: float) -> list[Effect]:
        taken = role is not None and self.state.role_holder(role) not in (None, client_id)
        if client_id not in self.state.members or taken:
            return self._did(self.mirror.claim_refused(client_id, now, self._utc), now)
        return self._cast(client_id, role, now)

    def _cast(self, client_id: str, role: str | None, now: float) -> list[Effect]:
        member = replace(self.state.members[client_id], role=role)
        return self._show(self.state.with_member(client_id, member), now)


class Visitor:
    """One of ours in a session of theirs.

    Args:
        name: its client id.
        clock: its wall clock.
        now: the present moment.
        rng: draws its jitter.
    """

    def __init__(
        self, name: str, clock: Clock, now: float, rng: random.Random, session_id: str = SID
    ) -> None:
        self.name = name
        self.guest = Guest(session_id, name, now, rng)
        self.ended: str | None = None
        self.started = False
        self.seeds: list[int] = []
        self.answers: list[str] = []
        self._clock = clock
        self._session_id = session_id

    @property
    def count(self) -> int:
        """The number it shows; 0 outside."""
        session = self.guest.session
        inside = self.guest.inside and self.ended is None
        return session.get_num_connected() if inside and session is not None else 0

    def leave(self, now: float) -> list[Effect]:
        """Leave."""
        return self._did(self.guest.leave(self._utc))

    def claim(self, now: float, role: str) -> list[Effect]:
        """Take a role."""
        return self._did(self.guest.claiming.claim(role, now, self._utc))

    @property
    def deadline(self) -> float | None:
        """When `step` is to be called."""
        return self.guest.next_deadline()

    def step(self, now: float) -> list[Effect]:
        """Do what is due."""
        return self._did(self.guest.tick(now, self._utc))

    def receive(
        self, now: float, topic: str, payload: bytes, retained: bool = False
    ) -> list[Effect]:
        """Take a message."""
        read = wire.read(topic, payload, retained)
        return [] if read is None else self._did(self.guest.heard(read, now, self._utc))

    def lost(self, now: float) -> list[Effect]:
        """Learn that the connection is lost."""
        self.guest.lost(now)
        return []

    def connected(self, now: float) -> list[Effect]:
        """Subscribe."""
        heard: list[Effect] = [old_wire.Subscribe(each) for each in wire.filters(self._session_id)]
        return heard + self._did(self.guest.connected(now, self._utc))

    def will(self, now: float) -> list[Effect]:
        """Return the goodbye that the broker says."""
        return spoken([wire.disconnect(self._session_id, self.name, None, self._utc)])

    @property
    def _utc(self) -> float:
        return self._clock().timestamp()

    def _did(self, effects: Sequence[object]) -> list[Effect]:
        for effect in effects:
            match effect:
                case Ended():
                    self.ended = effect.reason
                case Started():
                    self.started = True
                case Seeded():
                    self.seeds.append(effect.seed)
                case Answered():
                    self.answers.append(effect.outcome)
        return spoken(effects)
