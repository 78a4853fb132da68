"""Who is there: the members' leases and graces, folded into the state (rule R3)."""

from __future__ import annotations

from msgspec.structs import replace

from headcount.core.context import Context
from headcount.core.leases import Leases
from headcount.core.lifecycle import Phase
from headcount.core.state import Incarnation, Member, Removal, SessionState

GREETED = 1.25
"""Heartbeats within which a new host has heard every member that lives, twice."""
UNGREETED = 0.5
"""Seconds that a death is held against a member that a new host has not heard yet: it may be an
earlier connection's, late, of one whose newer connection only the lost host knew."""
MAX_ENDED = 1024


class Roster:
    """What the host knows of its members beyond the state.

    Every method that folds something in returns the new state, or None when nothing changed.
    """

    def __init__(self, context: Context, state: SessionState) -> None:
        self._context = context
        self._leases = Leases()
        self._graces = Leases()
        self._ended: dict[str, int] = {}
        self._unheard = set(state.members)
        for client_id, member in state.members.items():
            if client_id != context.client_id:
                if member.status == "connected":
                    # Everybody who lives greets a new host at once; who died while there was
                    # none, unheard, is not to be shown for a whole lease more.
                    first = min(state.timers.lease, GREETED * state.timers.heartbeat)
                    self._leases.renew(client_id, context.now, first)
                else:
                    self._graces.renew(client_id, context.now, self._grace(state))

    def ended(self, incarnation: Incarnation) -> bool:
        """Tell whether this connection is known to be over: its messages are old ones."""
        return incarnation.counter <= self._ended.get(incarnation.nonce, -1)

    def heard(self, client_id: str) -> bool:
        """Tell whether a member was heard, or came in, since one is host."""
        return client_id not in self._unheard

    def alive(
        self, state: SessionState, client_id: str, incarnation: Incarnation
    ) -> SessionState | None:
        """Renew a member's lease; one that was away is back."""
        member = state.members.get(client_id)
        if member is None or client_id == self._context.client_id:
            return None
        if not incarnation.continues(member.incarnation):
            return None
        if incarnation.counter < self._ended.get(incarnation.nonce, 0):
            return None
        # A death is a hint: who is heard after it was not dead (rule R3).
        self._ended.pop(incarnation.nonce, None)
        self._unheard.discard(client_id)
        self._leases.renew(client_id, self._context.now, state.timers.lease)
        self._graces.end(client_id)
        if member.status == "connected" and member.incarnation == incarnation:
            return None
        back = replace(member, status="connected", incarnation=incarnation)
        return state.with_member(client_id, back)

    def died(
        self, state: SessionState, client_id: str, incarnation: Incarnation
    ) -> SessionState | None:
        """Take a death for a hint: the member is away, its seat held for the grace."""
        counter = max(incarnation.counter, self._ended.pop(incarnation.nonce, -1))
        self._ended[incarnation.nonce] = counter
        if len(self._ended) > MAX_ENDED:
            del self._ended[next(iter(self._ended))]
        member = state.members.get(client_id)
        if member is None or not incarnation.continues(member.incarnation):
            return None
        if client_id in self._unheard and client_id in self._leases:
            self._unheard.discard(client_id)
            self._leases.renew(client_id, self._context.now, UNGREETED)
            return None
        return self._away(state, client_id)

    def judge(self, state: SessionState) -> SessionState | None:
        """Set those away whose lease has ended, and remove those whose grace has."""
        now, before = self._context.now, state
        for client_id in self._leases.expired(now):
            state = self._away(state, client_id) or state
        for client_id in self._graces.expired(now):
            self._graces.end(client_id)
            member = state.members.get(client_id)
            if member is not None and member.status == "away":
                state = state.without_member(client_id, Removal("silent", member.applied))
        return None if state is before else state

    def follow(self, before: dict[str, Member], state: SessionState) -> None:
        """Expect new members, and members' new processes, to be heard; nobody who is gone."""
        for client_id in before:
            if client_id not in state.members:
                self._leases.end(client_id)
                self._graces.end(client_id)
        for client_id, member in state.members.items():
            had = before.get(client_id)
            same = had is not None and had.incarnation.nonce == member.incarnation.nonce
            if member.status == "connected" and not (same and client_id in self._leases):
                self._expect(state, client_id)

    def stalled(self, seconds: float) -> None:
        """Hold nobody's silence against him while one was not listening."""
        self._leases.stalled(seconds)
        self._graces.stalled(seconds)

    def link_up(self) -> None:
        """Give everybody time to be heard again."""
        self._leases.link_up(self._context.now)
        self._graces.link_up(self._context.now)

    def next_deadline(self) -> float | None:
        """Return when `judge` has something to do."""
        wanted = [self._leases.next_deadline(), self._graces.next_deadline()]
        return min((d for d in wanted if d is not None), default=None)

    def _expect(self, state: SessionState, client_id: str) -> None:
        self._graces.end(client_id)
        self._unheard.discard(client_id)
        if client_id != self._context.client_id:
            self._leases.renew(client_id, self._context.now, state.timers.lease)

    def _away(self, state: SessionState, client_id: str) -> SessionState | None:
        self._leases.end(client_id)
        member = state.members.get(client_id)
        if member is None or member.status == "away" or client_id == self._context.client_id:
            return None
        self._graces.renew(client_id, self._context.now, self._grace(state))
        return state.with_member(client_id, replace(member, status="away"))

    @staticmethod
    def _grace(state: SessionState) -> float:
        started = state.phase is Phase.STARTED
        return state.timers.grace_started if started else state.timers.grace_lobby
