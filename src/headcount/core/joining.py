"""Joining: asking for a seat, for the first time or again."""

from __future__ import annotations

from headcount.core.messages import Code, Heartbeat, Join, Leave, Reply
from headcount.core.reader import NOBODY
from headcount.core.requests import Wish
from headcount.core.seat import Entry, Stage, StageName
from headcount.core.state import SessionState

LONGEST_LEASES = 3
"""Leases after which even a live host that has not answered is waited for no longer."""


class Joining(Stage):
    """An instance that has asked for a seat and has no answer yet.

    The request goes out at once, before anything is read: an answer to it confirms the
    session too (rule R10).
    """

    again = False
    _gives_up = 0.0
    _latest = 0.0
    _closed: str | None = None

    def enter(self, entry: Entry) -> None:
        """Ask; again when the seat was lost through silence, not by anybody's will."""
        self.again = entry.again
        seat = self.seat
        state = seat.reader.state if self.again else None
        seat.requests.uid = None if state is None else state.session_uid
        seat.requests.epoch = 0 if state is None else state.epoch
        lost = seat.requests.current
        if lost is not None:
            seat.requests.refused(Code.NOT_MEMBER, "the seat was lost; ask again once back")
        self._be_patient_anew()
        wish = Wish(None, Join(seat.name, seat.secret, seat.role), quiet=self.again)
        seat.requests.add(wish, first=True)

    def link_up(self) -> None:
        """Ask anew on the new connection."""
        self._be_patient_anew()
        self.seat.requests.restart()

    def later(self, state: SessionState, retained: bool) -> None:
        """Take the seat if the state holds it; a state without it promises only patience."""
        if state.is_closed:
            self._closed = state.closed_reason or "closed"
            return
        if self._seated(state):
            self.seat.requests.accepted(state.version)
            self.seat.host_heard()
            hosting = state.host_client_id == self.context.client_id
            self.seat.become(StageName.HOST if hosting else StageName.MEMBER)
            return
        removal = state.removed.get(self.context.client_id)
        if self.again and removal is not None and removal.why == "kicked":
            self._refused(Code.KICKED, "the host has removed this client for good")
            return
        self._be_patient(state.timers.lease)

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Be patient: somebody hosts this session."""
        self._be_patient(self.seat.timers.lease)

    def reply(self, reply: Reply) -> None:
        """Take the answer; if it is yes, the state with the seat is on its way."""
        if not self.seat.requests.answered_by(reply):
            return
        if reply.code is Code.ACCEPTED:
            self.context.ask_again(self.seat.state_topic)
            self._be_patient(self.seat.timers.lease)
        else:
            self._refused(reply.code, reply.message)

    def wish(self, wish: Wish) -> None:
        """Leave at once, and give back a seat that may be ours before we know."""
        if isinstance(wish.ask, Leave):
            self.seat.requests.send_once(wish.ask)
            self.seat.end("left")
        else:
            super().wish(wish)

    def tick(self) -> None:
        """Give up when nobody has answered for long enough.

        A host that is just coming back may still decide the request: what it gives is given back.
        """
        if not self.context.hearing.up or self.context.now < self._gives_up:
            return
        if not self.again:
            self.seat.requests.send_once(Leave())
        if self.context.now >= self._latest:
            self._refused(Code.TIMEOUT, "the host lives but has not answered; try again")
        else:
            self._refused(Code.NOT_FOUND, f"there is no live session {self.seat.session_id!r}")

    def next_deadline(self) -> float | None:
        """Return when to give up."""
        return self._gives_up if self.context.hearing.up else None

    def _seated(self, state: SessionState) -> bool:
        member = state.members.get(self.context.client_id)
        return member is not None and self.seat.requests.settled_by(member.applied)

    def _be_patient_anew(self) -> None:
        lease = self.seat.timers.lease
        self._latest = self.context.now + LONGEST_LEASES * lease
        self._gives_up = self.context.now + (lease if self.again else NOBODY)

    def _be_patient(self, seconds: float) -> None:
        self._gives_up = min(self._latest, max(self._gives_up, self.context.now + seconds))

    def _refused(self, code: Code, message: str) -> None:
        if not self.again:
            self.seat.requests.refused(code, message)
            self.seat.forget()
        elif code is Code.KICKED:
            self.seat.end("kicked")
        else:
            self.seat.end(self._closed or "link_lost")
