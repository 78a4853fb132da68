"""Being a member: renewing one's lease, following the host, noticing that it is lost."""

from __future__ import annotations

from headcount.core.leases import Leases
from headcount.core.lifecycle import Phase
from headcount.core.messages import Beat, Code, Heartbeat, Leave, Presence, Reply
from headcount.core.publisher import STATE_EXPIRY
from headcount.core.reader import READ_SOON
from headcount.core.requests import Wish
from headcount.core.seat import Entry, Stage, StageName
from headcount.core.state import Incarnation, SessionState
from headcount.core.topics import Kind, Topic

RANKS_HEARD = 2
"""How many of the next in line a member listens to, besides the host."""
OBJECT_SOON = 0.15
"""The most a member waits before it shows an uninformed claimant what it has read, in seconds."""
LEAVE_PATIENCE = 2.0
"""Seconds after which a member that wants to leave goes without an answer."""


class Member(Stage):
    """A member that is not the host.

    It judges the host lost when its lease ends or, in the lobby, a grace after its death was
    announced; not before its own birth has come back to it, and not if the host was heard in
    between (rules R1 and R3).
    """

    _host: Incarnation
    _greeted = ""
    _beat_at = 0.0
    _read_at: float | None = None
    _objects_at: float | None = None
    _grace_ends: float | None = None
    _suspects: int | None = None
    _leaves_by: float | None = None
    _heard_here = False
    _up_since = 0.0
    _named = 0

    def enter(self, entry: Entry) -> None:
        """Show the session and begin to renew the lease, at once where one was one before."""
        state = self.state
        self._leases = Leases()
        self._host = state.incarnation
        self.seat.reader.confirmed = True
        self._greeted = "" if entry.again else state.incarnation.nonce
        self._heard_here = True
        self._leases.renew("host", self.context.now, state.timers.lease)
        self._beat_at = self.context.now + self.context.random_delay(state.timers.heartbeat)
        self.seat.requests.uid, self.seat.requests.epoch = state.session_uid, state.epoch
        self.seat.show()
        self.seat.requests.settle_from(state)
        self.seat.requests.restart()
        if entry.again:
            self._beat()

    @property
    def state(self) -> SessionState:
        """The state one is a member in."""
        state = self.seat.reader.state
        assert state is not None
        return state

    def topics(self) -> list[Topic]:
        """Listen to the presence of the host and of the next in line."""
        near = [self.state.host_client_id, *self.state.successors()[:RANKS_HEARD]]
        return [Topic(Kind.PRESENCE, None, c) for c in near if c != self.context.client_id]

    # --- the connection ----------------------------------------------------------------------

    def link_up(self) -> None:
        """Say that one is there, and start to listen afresh."""
        self._leases.link_up(self.context.now)
        self._heard_here = False
        self._up_since = self.context.now
        self._beat()
        self.seat.requests.restart()

    def link_down(self) -> None:
        """Judge nobody; one that wants to leave has left now."""
        self._grace_ends = self._suspects = self._read_at = self._objects_at = None
        if self._leaves_by is not None:
            self.seat.end("left")

    def stalled(self, seconds: float) -> None:
        """Lengthen the host's lease, and say at once that one is there."""
        self._leases.stalled(seconds)
        self._grace_ends = self._suspects = None
        self._beat()

    # --- what is heard -----------------------------------------------------------------------

    def later(self, state: SessionState, retained: bool) -> None:
        """Follow a later state: it may end the session, or one's own part in it."""
        me = state.members.get(self.context.client_id)
        if state.is_closed:
            self._ended(state)
        elif me is None:
            self._unseated(state)
        elif me.incarnation.nonce != self.context.nonce:
            self.seat.end("replaced")
        elif state.host_client_id == self.context.client_id:
            self.seat.become(StageName.HOST)
        else:
            self._follow(state, retained)

    def saw(self, state: SessionState, retained: bool) -> None:
        """Take a live copy of the state one has for a sign of life of its host."""
        current = self.seat.reader.state
        if not retained and current is not None and state.same_as(current):
            self._objects_at = None
            self._host_lives(state.incarnation)

    def uninformed(self, claim: SessionState) -> None:
        """Show the claimant what it has missed, so that it claims again above that (rule R4)."""
        if self._objects_at is None:
            self._objects_at = self.context.now + self.context.random_delay(OBJECT_SOON)

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Renew the host's lease, and read what it has published and one lacks."""
        reader = self.seat.reader
        if reader.matches(heartbeat):
            self._host_lives(heartbeat.incarnation)
            self._greet(heartbeat.incarnation)
            self._named = max(self._named, heartbeat.version)
            if heartbeat.version > self.state.version and self._read_at is None:
                self._read_at = self.context.now + self.context.random_delay(READ_SOON)
        elif heartbeat.uid == self.state.session_uid and heartbeat.epoch > self.state.epoch:
            # Somebody may have taken over unheard: no verdict before that is read (rule R11).
            self._suspects = self._grace_ends = None
            self._leases.renew("host", self.context.now, self.state.timers.lease)
            if self._read_at is None:
                self._read_at = self.context.now + self.context.random_delay(READ_SOON)

    def presence(self, client_id: str, presence: Presence) -> None:
        """Begin a grace when the host's death is announced in the lobby, end it at its birth.

        One's own death, late from an earlier connection, is answered by a beat.
        """
        if client_id == self.context.client_id and presence.kind == "death":
            self._beat()
        if client_id != self.state.host_client_id:
            return
        if presence.kind == "birth":
            if presence.incarnation.continues(self._host):
                self._host_is_back(presence.incarnation)
        elif presence.incarnation.continues(self._host) and self.state.phase is not Phase.STARTED:
            self._grace_ends = self.context.now + self.state.timers.grace_lobby

    def reply(self, reply: Reply) -> None:
        """Take an answer, or the host's word that one is no member."""
        requests = self.seat.requests
        if requests.answered_by(reply):
            if reply.code is Code.ACCEPTED:
                self._accepted(reply.version)
            else:
                requests.refused(reply.code, reply.message, reply.current)
        elif reply.code is Code.NOT_MEMBER and reply.nonce == self.context.nonce:
            if self.context.client_id in self.state.members:
                self._read_at = self.context.now
            elif reply.uid == self.state.session_uid:
                self._unseated(self.state)

    # --- what is due -------------------------------------------------------------------------

    def wish(self, wish: Wish) -> None:
        """Ask the host; do not wait for it for ever when leaving."""
        if isinstance(wish.ask, Leave):
            if not self.context.hearing.up:
                self.seat.end("left")
                return
            self._leaves_by = self.context.now + LEAVE_PATIENCE
        super().wish(wish)

    def tick(self) -> None:
        """Beat, read, leave, or begin to suspect the host, as is due."""
        now = self.context.now
        if not self.context.hearing.up:
            return
        if self._leaves_by is not None and now >= self._leaves_by:
            self.context.send(
                self.context.hearing.topic, Presence("death", self.context.hearing.incarnation)
            )
            self.seat.end("left")
            return
        if now >= self._beat_at:
            self._beat()
        if self._objects_at is not None and now >= self._objects_at:
            self._objects_at = None
            self.context.send(self.seat.state_topic, self.state, retain=True, expiry=STATE_EXPIRY)
        if self._read_at is not None and now >= self._read_at:
            self._read_at = None
            self.context.ask_again(self.seat.state_topic)
        if self._suspects is None and self._due(now) and self.context.may_judge:
            self._suspects = self.context.barrier()

    def progress(self) -> None:
        """Judge the host lost once everything that was under way has been heard."""
        if self._suspects is None or not self.context.hearing.passed(self._suspects):
            return
        self._suspects = None
        if self._due(self.context.now):
            self.context.count("hosts_lost")
            self.seat.become(StageName.SUCCESSOR, Entry(named=self._named))

    def next_deadline(self) -> float | None:
        """Return when the next of these is due."""
        if not self.context.hearing.up:
            return None
        wanted = [self._beat_at, self._read_at, self._objects_at, self._leaves_by]
        if self._suspects is None and self.context.may_judge:
            due = [d for d in (self._grace_ends, self._leases.next_deadline()) if d is not None]
            if due and not self._heard_here:
                due = [max(min(due), self._up_since + self.state.timers.lease)]
            wanted += due
        return min(d for d in wanted if d is not None)

    # --- inside ------------------------------------------------------------------------------

    def _due(self, now: float) -> bool:
        """Tell whether the host's time is up.

        Who has not heard it on this connection, nor read its open state, has to have
        listened for a whole lease: its topic may have been lost with the broker (rule R5).
        """
        if not self._heard_here and now < self._up_since + self.state.timers.lease:
            return False
        grace_over = self._grace_ends is not None and now >= self._grace_ends
        return grace_over or bool(self._leases.expired(now))

    def _host_lives(self, incarnation: Incarnation) -> None:
        self._leases.renew("host", self.context.now, self.state.timers.lease)
        self._grace_ends = self._suspects = None
        self._heard_here = True
        if incarnation.continues(self._host):
            self._host = incarnation
        self.seat.host_heard()

    def _host_is_back(self, incarnation: Incarnation) -> None:
        """Give a host that has connected anew the time to read, and word that one is there."""
        self._grace_ends = None
        if incarnation.counter > self._host.counter:
            self._leases.renew("host", self.context.now, self.state.timers.lease)
            self._beat()
        self._host = incarnation

    def _greet(self, host: Incarnation) -> None:
        """Tell a new host at once on which connection one is, lest an older will be believed."""
        if self._greeted != host.nonce:
            self._greeted = host.nonce
            self._beat()

    def _follow(self, state: SessionState, retained: bool) -> None:
        self._objects_at = None
        self.seat.requests.epoch = state.epoch
        if state.incarnation.nonce != self._host.nonce:
            self._host = state.incarnation
            self._leases.renew("host", self.context.now, state.timers.lease)
            self._grace_ends = self._suspects = None
            self.seat.requests.restart()
        self._heard_here = True
        if not retained:
            self._host_lives(state.incarnation)
        self.seat.listen()
        self.seat.requests.settle_from(state)

    def _unseated(self, state: SessionState) -> None:
        removal = state.removed.get(self.context.client_id)
        why = "silent" if removal is None else removal.why
        leaving = self.seat.leave_wish()
        if leaving is not None:
            self._accepted(state.version)
        elif why != "silent":
            self.seat.end(why)
        else:
            self.seat.become(StageName.JOINING, Entry(again=True))

    def _accepted(self, version: int) -> None:
        leaving = self.seat.leave_wish()
        self.seat.requests.accepted(version)
        if leaving is not None:
            self.seat.end("left")

    def _ended(self, state: SessionState) -> None:
        if self.seat.leave_wish() is not None:
            self._accepted(state.version)
        else:
            self.seat.end(state.closed_reason or "closed")

    def _beat(self) -> None:
        state, hearing = self.state, self.context.hearing
        self._beat_at = self.context.now + state.timers.heartbeat
        topic = Topic(Kind.BEAT, self.seat.session_id, self.context.client_id)
        self.context.send(topic, Beat(state.session_uid, state.epoch, hearing.incarnation))
