"""How a host that was cut off finds out whether it is one still (rule R2).

On a new connection, or after a stall beyond its authority, it reads the topic before it does
anything. Superseded, closed, or a stranger's of a later epoch: it gives way. Its own state: it
goes on, if its authority has not run out meanwhile. In every other case the survivors, if there
are any, may have closed the session and gone, and what they wrote may have been lost or written
over: it goes on only once a member of its roster is heard, or if it is alone; and where nobody
is, it claims its session like any member, if the session may migrate.
"""

from __future__ import annotations

from typing import Literal

from headcount.core.context import Context
from headcount.core.reading import Reading
from headcount.core.seat import Seat
from headcount.core.state import SessionState

Outcome = Literal["wait", "go on", "claim", "end"]

LISTENS = 1.5
"""Seconds that a host gives anybody who may have taken its place to be heard, before it acts."""


class Readmission:
    """One host's way back, or nothing to do."""

    def __init__(self, context: Context, seat: Seat) -> None:
        self._context = context
        self._seat = seat
        self.pending = False
        self._held_until = 0.0
        self._reading: Reading | None = None
        self._last: SessionState | None = None
        self._waits_until: float | None = None
        self._listens_until = 0.0
        self._own = self.unbroken = False
        self._member_heard = False
        self._overtaken = False

    def suspend(self, held_until: float | None) -> None:
        """Stop: what one knew of the topic is old. `held_until` is when the authority ends."""
        if not self.pending:
            self._held_until = held_until or 0.0
        self.pending = True
        self._reading = self._waits_until = None

    def begin(self, *, unbroken: bool = False) -> None:
        """Read the topic; on an `unbroken` connection nothing written there was missed."""
        self.unbroken = unbroken
        self._last = None
        self._member_heard = self._overtaken = False
        self._waits_until = None
        self._reading = Reading(self._context, self._seat.state_topic)

    def saw(self, state: SessionState) -> None:
        """Note what stands on the topic."""
        self._last = state
        if self._reading is not None:
            self._reading.found()

    def overtaken(self) -> None:
        """Note that the session has gone on in a later epoch, which is not to be read yet."""
        self._overtaken = True

    def member_heard(self, known: bool) -> None:
        """Note that a member of the roster beats."""
        self._member_heard = self._member_heard or known

    def outcome(self, latest: SessionState) -> Outcome:
        """Return what to do now; every answer but "wait" is given once."""
        if not self.pending:
            return "wait"
        if self._reading is not None:
            if not self._reading.over():
                return "wait"
            self._reading = None
            return self._done("end") if self._overtaken else self._judge(latest)
        if self._overtaken:
            return self._done("end")
        now = self._context.now
        if self._waits_until is not None:
            alone = len(latest.members) <= 1
            if now >= self._listens_until and (self._member_heard or alone):
                return self._done("go on")
            if now >= self._waits_until:
                migrates = latest.on_host_loss == "migrate" and self._own
                return self._done("claim" if migrates else "end")
        return "wait"

    def next_deadline(self) -> float | None:
        """Return when waiting ends."""
        if not self.pending or self._waits_until is None:
            return None
        listening = self._listens_until > self._context.now
        return min(self._waits_until, self._listens_until) if listening else self._waits_until

    def _judge(self, latest: SessionState) -> Outcome:
        timers, last, now = latest.timers, self._last, self._context.now
        alone = len(latest.members) <= 1
        self._own = last is not None and last.session_uid == latest.session_uid
        foreign = last is not None and last.session_uid != latest.session_uid
        if last is not None and foreign and not last.is_closed:
            # Whoever created it above our epoch has read ours, and found nobody there.
            if last.epoch > latest.epoch:
                return self._done("end")
            self._wait(timers.lease)
            return "wait"
        if last is not None and not foreign:
            if last.is_closed or last.supersedes(latest):
                return self._done("end")
            if self.unbroken or now <= self._held_until:
                return self._done("go on")
        if alone:
            return self._done("go on")
        self._wait(timers.lease)
        return "wait"

    def _wait(self, lease: float) -> None:
        self._listens_until = self._context.now + LISTENS
        self._waits_until = self._context.now + lease

    def _done(self, outcome: Outcome) -> Outcome:
        self.pending = False
        self._waits_until = None
        return outcome
