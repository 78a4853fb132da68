"""Creating a session: on a topic that is free, or free again (rule R7)."""

from __future__ import annotations

from msgspec.structs import replace

from headcount.core import events as e
from headcount.core.messages import Code, Heartbeat, Leave, Look
from headcount.core.publisher import STATE_EXPIRY
from headcount.core.reading import Reading
from headcount.core.requests import Wish
from headcount.core.rules import resume_hash
from headcount.core.seat import Entry, Stage, StageName
from headcount.core.state import Member, SessionState
from headcount.core.topics import ANY, Kind, Topic

SETTLE = 0.3
"""Seconds between hearing one's own creation and reading whether it stands."""
LOOK_AGAIN = 1.0
BUILT_UPON = 2**52
"""From here on numbers are somebody's mischief: above them nothing could be written."""


class Founding(Stage):
    """A creator whose session does not count yet."""

    _wanted: e.Found
    _reading: Reading | None = None
    _found: SessionState | None = None
    _mine: SessionState | None = None
    _echoed = False
    _looks_until: float | None = None
    _look_at: float | None = None
    _settles_at: float | None = None
    _tried: SessionState | None = None

    def topics(self) -> list[Topic]:
        """Listen to requests already: one may come as soon as the session counts."""
        sid = self.seat.session_id
        return [Topic(Kind.REQUEST, sid), Topic(Kind.BEAT, sid, ANY), Topic(Kind.PROBE)]

    def enter(self, entry: Entry) -> None:
        """Read the topic, as soon as one is connected."""
        assert entry.wanted is not None
        self._wanted = entry.wanted
        if self.context.hearing.up:
            self.link_up()

    def link_up(self) -> None:
        """Begin, or begin anew."""
        self._found = self._mine = None
        self._looks_until = self._look_at = self._settles_at = None
        self._reading = Reading(self.context, self.seat.state_topic)

    def link_down(self) -> None:
        """Stop; nothing counts yet."""
        self._reading = None
        self._looks_until = self._look_at = self._settles_at = None

    def wish(self, wish: Wish) -> None:
        """Give up creating; everything else waits until there is a session."""
        if isinstance(wish.ask, Leave):
            if self._mine is not None:
                self.context.send(self.seat.state_topic, None, retain=True)
            self.seat.end("left")
        else:
            self.seat.requests.add(wish)

    # --- what is heard -----------------------------------------------------------------------

    def saw(self, state: SessionState, retained: bool) -> None:
        """Note what stands on the topic, somebody else's creation above all."""
        if self._reading is not None:
            self._reading.found()
        if state.session_uid == self._wanted.session_uid:
            if self._mine is not None and not self._echoed:
                self._echoed = True
                self._settles_at = self.context.now + SETTLE
            self._found = state
            return
        self._found = state
        if self._looks_until is not None and not retained and not state.is_closed:
            self._withdraw()
        elif self._mine is not None and not state.is_closed and not retained:
            if self._yields_to(state):
                self._withdraw()
            else:
                self._publish()

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Withdraw: somebody hosts a session of this id."""
        if heartbeat.uid != self._wanted.session_uid:
            self._withdraw()

    # --- what is due -------------------------------------------------------------------------

    def tick(self) -> None:
        """Look for the host of what stands there; read again after settling."""
        now = self.context.now
        if self._looks_until is not None and now >= self._looks_until:
            self._looks_until = self._look_at = None
            self._create()
        elif self._look_at is not None and now >= self._look_at:
            self._look_at = now + LOOK_AGAIN
            self.seat.requests.send_once(Look())
        elif self._settles_at is not None and now >= self._settles_at:
            self._settles_at = None
            if self._echoed:
                self._found = None
                self._reading = Reading(self.context, self.seat.state_topic)
            else:
                self._publish()

    def progress(self) -> None:
        """Create, look, or count as host, once the reading is over."""
        if self._reading is None or not self._reading.over():
            return
        self._reading = None
        found = self._found
        if self._mine is not None:
            self._settle(found)
        elif found is None or found.is_closed or found.session_uid == self._wanted.session_uid:
            self._create()
        else:
            self._looks_until = self.context.now + self._wanted.timers.lease
            self._look_at = self.context.now

    def next_deadline(self) -> float | None:
        """Return when the next step is due."""
        wanted = [self._looks_until, self._look_at, self._settles_at]
        return min((d for d in wanted if d is not None), default=None)

    # --- inside ------------------------------------------------------------------------------

    def _settle(self, found: SessionState | None) -> None:
        if found is None or found.is_closed:
            self._publish()
        elif found.session_uid != self._wanted.session_uid:
            self._withdraw()
        else:
            assert self._mine is not None
            self.seat.reader.accept(self._mine)
            self.context.notify(
                e.Accepted(self.seat.session_id, "create", self._mine.version, None)
            )
            self.seat.become(StageName.HOST)

    def _yields_to(self, other: SessionState) -> bool:
        """Tell which of two creations at one moment withdraws; both sides decide alike."""
        assert self._mine is not None
        if len(other.members) > 1:
            return True
        mine = self._mine.epoch, other.session_uid
        return mine < (other.epoch, self._mine.session_uid)

    def _create(self) -> None:
        """Publish the first state, above whatever stands there or was tried before."""
        first = self._first_state()
        for below in (self._found, self._tried):
            if below is not None and max(below.epoch, below.version) < BUILT_UPON:
                epoch, version = below.epoch + 1, below.version + 1
                first = replace(
                    first, epoch=max(first.epoch, epoch), version=max(first.version, version)
                )
        self._mine = self._tried = first
        self._echoed = False
        self._publish()

    def _publish(self) -> None:
        assert self._mine is not None
        self._settles_at = self.context.now + SETTLE
        self.context.send(self.seat.state_topic, self._mine, retain=True, expiry=STATE_EXPIRY)

    def _withdraw(self) -> None:
        message = f"a session {self.seat.session_id!r} is alive; join it or choose another id"
        self.context.notify(e.Refused(self.seat.session_id, "create", Code.EXISTS, message))
        self.seat.forget()

    def _first_state(self) -> SessionState:
        wanted, context = self._wanted, self.context
        me = Member(
            name=wanted.name,
            joined_at=context.utc_text,
            joined_seq=1,
            incarnation=context.hearing.incarnation,
            resume_hash=resume_hash(wanted.secret),
        )
        return SessionState(
            session_id=wanted.session_id,
            session_uid=wanted.session_uid,
            creator_client_id=context.client_id,
            host_client_id=context.client_id,
            incarnation=context.hearing.incarnation,
            epoch=1,
            version=1,
            model_name=wanted.model_name,
            created_at=context.utc_text,
            last_updated=context.utc_text,
            last_heartbeat=context.utc_text,
            members={context.client_id: me},
            connected_instances=[context.client_id],
            num_players_min=wanted.num_players_min,
            num_players_max=wanted.num_players_max,
            seed=wanted.seed,
            roles=list(wanted.roles),
            timers=wanted.timers,
            on_host_loss=wanted.on_host_loss,
            auto_start=wanted.auto_start,
        )
