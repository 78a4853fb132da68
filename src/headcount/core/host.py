"""Being host: the one who writes the state.

The host applies requests one at a time, each a new version, publishes the newest version at
a bounded pace, and calls a request accepted only once it has read its own state back from
the topic. It hears its own heartbeat, and where it has not heard it for too long it fences
itself: others may have judged it lost (rules R2 to R4, R8 and R9).
"""

from __future__ import annotations

from msgspec.structs import replace

from headcount.core import messages as m
from headcount.core import rules
from headcount.core.docket import Docket
from headcount.core.events import LinkChanged
from headcount.core.lifecycle import Phase, Turn
from headcount.core.publisher import CARD_REFRESHED, Publisher
from headcount.core.pulse import Pulse
from headcount.core.reader import BELIEVABLE_EPOCHS
from headcount.core.readmission import Readmission
from headcount.core.requests import PATIENCE, Wish
from headcount.core.roster import Roster
from headcount.core.seat import Entry, Seat, Stage, StageName
from headcount.core.state import SessionState
from headcount.core.topics import ANY, Kind, Topic

AUTO_START = 3.0
"""Seconds of countdown once all seats are taken, where the session starts by itself."""
MAX_EARLY = 250
"""How many requests wait for the first heartbeat of a new host to come back."""


class Host(Stage):
    """The host of a session."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(seat)
        state = seat.reader.state
        assert state is not None
        self._pulse = Pulse(self.context, seat.session_id, state.timers)
        self._publisher = Publisher(self.context, (seat.state_topic, seat.card_topic), state)
        self._docket = Docket(self.context, self._publisher, self._apply)
        self._roster = Roster(self.context, state)
        self._readmission = Readmission(self.context, seat)
        self._held: list[tuple[float, Wish]] = []
        self._early: list[m.Request] = []
        self._starts_at: float | None = None
        self._told_fenced = False

    def enter(self, entry: Entry) -> None:
        """Begin to host: the first heartbeat that comes back gives the authority to act.

        Who had claimed and was cut off before the claim stood reads the topic first.
        """
        if entry.again:
            self._suspend()
            if self.context.hearing.up:
                self._readmission.begin()
        else:
            self.seat.host_heard()
            self.seat.show()
            self._publisher.card()
            self._heartbeat()
        for wish in self.seat.requests.take_all():
            self.wish(wish)

    @property
    def latest(self) -> SessionState:
        """The newest state, published or not."""
        return self._publisher.latest

    @property
    def acts(self) -> bool:
        """Whether this host may act: nobody can have judged it lost (rule R2)."""
        return not self._readmission.pending and self._pulse.holds

    def topics(self) -> list[Topic]:
        """Listen to requests, beats, probes, and the presence of every member."""
        sid, me = self.seat.session_id, self.context.client_id
        return [
            Topic(Kind.REQUEST, sid),
            Topic(Kind.BEAT, sid, ANY),
            Topic(Kind.PROBE),
            *(Topic(Kind.PRESENCE, None, cid) for cid in self.latest.members if cid != me),
        ]

    # --- the connection, and the right to act ------------------------------------------------

    def link_down(self) -> None:
        """Act no more; whoever wants to leave has left."""
        self._suspend()
        if any(isinstance(wish.ask, m.Leave | m.Close) for _, wish in self._held):
            self.seat.end("left")

    def link_up(self) -> None:
        """Read the topic before anything else: others may have gone on."""
        self._roster.link_up()
        self._readmission.begin()

    def stalled(self, seconds: float) -> None:
        """Give everybody time; and if it was long, read the topic before acting again."""
        self._roster.stalled(seconds)
        if self.context.hearing.up and not self._pulse.holds:
            unbroken = not self._readmission.pending
            self._suspend()
            self._readmission.begin(unbroken=unbroken)

    def progress(self) -> None:
        """Go on, give way or end, once it is known what stands on the topic."""
        match self._readmission.outcome(self.latest):
            case "go on":
                here = self.context.hearing.incarnation
                self._publisher.change(replace(self.latest, incarnation=here))
                self._heartbeat()
            case "claim":
                self.seat.become(StageName.SUCCESSOR)
            case "end":
                self._give_way()
            case _:
                pass
        if not self.acts or self.seat.over:
            return
        early, self._early = self._early, []
        for request in early:
            self.request(request)
        held, self._held = self._held, []
        for _, wish in held:
            self.wish(wish)

    def _suspend(self) -> None:
        if self.context.hearing.up and not self._told_fenced:
            self._told_fenced = True
            self.context.notify(LinkChanged(up=False))
        self._readmission.suspend(self._pulse.authority.until)
        self._pulse.authority.suspend()

    # --- what is heard -----------------------------------------------------------------------

    def saw(self, state: SessionState, retained: bool) -> None:
        """Count what has come back, and answer for it, if nothing has superseded it."""
        self._readmission.saw(state)
        done = self._publisher.saw(state, retained)
        current = self.seat.reader.state
        if current is None or not current.supersedes(state):
            for change in done:
                self._docket.answer(change)

    def emptied(self) -> None:
        """Note that somebody cleared the topic; the next heartbeat repairs it."""
        self._publisher.saw(None, retained=False)

    def later(self, state: SessionState, retained: bool) -> None:
        """Give way to a state that is not one's own."""
        mine = state.incarnation.nonce == self.context.nonce
        if state.is_closed or not mine or state.host_client_id != self.context.client_id:
            self._give_way()
        elif state.version > self.latest.version and self.acts:
            # One's own id at a version one never wrote: publish above it (rule R13).
            self._apply(replace(self.latest, version=state.version))

    def uninformed(self, claim: SessionState) -> None:
        """Claim above one who has judged this host without having read what it published."""
        if self.acts and claim.epoch <= self.latest.epoch + BELIEVABLE_EPOCHS:
            self._apply(replace(self.latest, epoch=claim.epoch + 1))

    def foreign(self, state: SessionState, retained: bool) -> None:
        """Answer another creation on this topic, so that the younger withdraws (rule R7)."""
        if self.acts and not state.is_closed:
            self._answer_soon()

    def heartbeat(self, heartbeat: m.Heartbeat) -> None:
        """Hear oneself; or another creation, the older of which stays."""
        latest = self.latest
        if heartbeat.uid != latest.session_uid:
            if self._readmission.pending and heartbeat.epoch > latest.epoch:
                self._readmission.overtaken()
            elif self.acts and self._pulse.is_younger(latest, heartbeat):
                self._close("closed", None)
        elif heartbeat.incarnation == self.context.hearing.incarnation:
            had = self.acts
            if self._pulse.authority.heard(heartbeat.seq):
                self.seat.host_heard()
                if not had and self.acts:
                    self._publisher.repair()
                    if self._told_fenced:
                        self._told_fenced = False
                        self.context.notify(LinkChanged(up=True))
        elif heartbeat.epoch > latest.epoch and heartbeat.host != self.context.client_id:
            self._overtaken(heartbeat.host)

    def presence(self, client_id: str, presence: m.Presence) -> None:
        """Fold a death into the roster; a birth says nothing of this session, a beat does.

        One's own death, late from an earlier connection, is answered by a heartbeat.
        """
        if client_id == self.context.client_id and presence.kind == "death":
            self._heartbeat()
        elif self.acts and presence.kind == "death":
            self._fold(self._roster.died(self.latest, client_id, presence.incarnation))

    def beat(self, client_id: str, beat: m.Beat) -> None:
        """Renew a member's lease, or tell a stranger that it is none."""
        known = client_id in self.latest.members
        if beat.uid != self.latest.session_uid:
            return
        if beat.epoch > self.latest.epoch:
            self._overtaken(client_id)
            return
        self._readmission.member_heard(known)
        if not self.acts:
            return
        if known:
            self._fold(self._roster.alive(self.latest, client_id, beat.incarnation))
        elif not self._roster.ended(beat.incarnation):
            self._docket.not_member(client_id, beat.incarnation.nonce)

    def probed(self) -> None:
        """Say that one lives, soon."""
        self._answer_soon()

    def request(self, request: m.Request) -> None:
        """Decide a request of somebody else."""
        if isinstance(request.ask, m.Look):
            self._answer_soon()
            return
        if self._pulse.beats == 1 and not self.acts and len(self._early) < MAX_EARLY:
            self._early.append(request)
        seated = request.client_id in self.latest.members
        if not self.acts or (self._roster.ended(request.incarnation) and not seated):
            return
        if request.uid not in (None, self.latest.session_uid):
            return
        if request.epoch > self.latest.epoch:
            self._overtaken(request.client_id)
        elif request.incarnation.nonce != self.context.nonce:
            self._fold(self._roster.alive(self.latest, request.client_id, request.incarnation))
            self._docket.take(request)

    # --- what is wanted and what is due ------------------------------------------------------

    def wish(self, wish: Wish) -> None:
        """Apply one's own command as anybody's request, once one may act."""
        if not self.acts:
            if isinstance(wish.ask, m.Leave | m.Close) and not self.context.hearing.up:
                self.seat.end("left")
            else:
                self._held.append((self.context.now + PATIENCE, wish))
        elif isinstance(wish.ask, m.Leave):
            self._leave(wish)
        elif isinstance(wish.ask, m.Close):
            self._close("closed", wish)
        else:
            if wish.request is None:
                wish.request = self.seat.requests.number()
            incarnation = self.context.hearing.incarnation
            request = m.Request(self.context.client_id, incarnation, wish.request, wish.ask)
            self._docket.take(request, wish)

    def tick(self) -> None:
        """Beat, publish, judge and start, as is due."""
        now = self.context.now
        self._give_up_held(now)
        if not self.context.hearing.up or self.seat.over:
            return
        if self._pulse.due():
            self._heartbeat()
        if not self.acts:
            return
        if self.context.may_judge:
            self._fold(self._roster.judge(self.latest))
        if self._starts_at is not None and now >= self._starts_at:
            self._starts_at = None
            self._fold(self.latest.turned(Turn.COUNTED))
        self._publisher.tick()

    def next_deadline(self) -> float | None:
        """Return when the next of these is due."""
        wanted: list[float | None] = [at for at, _ in self._held]
        if self.context.hearing.up:
            wanted += [self._pulse.next_deadline(), self._readmission.next_deadline()]
            if self.acts:
                wanted += [self._starts_at, self._publisher.next_deadline()]
                if self.context.may_judge:
                    wanted.append(self._roster.next_deadline())
        return min((d for d in wanted if d is not None), default=None)

    # --- inside ------------------------------------------------------------------------------

    def _heartbeat(self) -> None:
        """Say that one lives, unless one has to read first whether one is host still."""
        if self._readmission.pending:
            self._pulse.skip()
            return
        if self.acts:
            self._publisher.repair()
            expiring = self.context.expiry and self._pulse.beats % CARD_REFRESHED == 0
            if expiring or self._publisher.card_is_old:
                self._publisher.card()
        self._pulse.beat(self._publisher.published)

    def _answer_soon(self) -> None:
        if self.acts:
            self._pulse.answer_soon()

    def _fold(self, state: SessionState | None) -> None:
        if state is not None:
            self._apply(state)

    def _apply(self, state: SessionState) -> SessionState:
        """Make a state the newest, with what follows from it, and publish it when it may be."""
        before = self.latest.members
        state = self._publisher.change(self._consequences(state))
        if state.phase is not Phase.STARTING:
            self._starts_at = None
        elif self._starts_at is None:
            self._starts_at = self.context.now + (state.countdown or 0.0)
        self._roster.follow(before, state)
        self._publisher.flush()
        if before.keys() != state.members.keys():
            self.seat.listen()
        return state

    def _consequences(self, state: SessionState) -> SessionState:
        """Return the state after what its members' coming and going brings about."""
        if state.phase is Phase.STARTING and len(state.members) < state.num_players_min:
            return state.turned(Turn.TOO_FEW) or state
        full = state.count == state.num_players_max
        if state.auto_start and state.phase is Phase.OPEN and full and not self._was_full():
            return rules.start(state, AUTO_START).state or state
        return state

    def _was_full(self) -> bool:
        return self.latest.count == self.latest.num_players_max

    def _give_up_held(self, now: float) -> None:
        late = [wish for at, wish in self._held if now >= at]
        self._held = [(at, wish) for at, wish in self._held if now < at]
        for wish in late:
            if isinstance(wish.ask, m.Leave | m.Close):
                self.seat.end("left")
                return
            self.seat.requests.give_up(wish)

    def _close(self, reason: str, wish: Wish | None) -> None:
        state = self._publisher.change(rules.closed(self.latest, reason))
        self.seat.become(StageName.CLOSING, Entry(state=state, reason=reason, wish=wish))

    def _leave(self, wish: Wish) -> None:
        """Close the session, or hand it over to the next in line, as it was founded to do."""
        latest, line = self.latest, self.latest.successors()
        if latest.on_host_loss == "close" or not line:
            state = self._publisher.change(rules.closed(latest, "host_left"))
            self.seat.become(StageName.CLOSING, Entry(state=state, reason="left", wish=wish))
            return
        # Who was not heard since one took over may be dead, unnoticed.
        heir = next(filter(self._roster.heard, line), line[0])
        if self._pulse.young and not self._roster.heard(heir):
            self._held.append((self.context.now + PATIENCE, wish))
            return
        handed = self._publisher.change(rules.handed_over(latest, heir))
        self.seat.become(StageName.CLOSING, Entry(state=handed, reason="left", wish=wish))

    def _overtaken(self, witness: str) -> None:
        """Read first: somebody has taken over unseen, if the witness was one of us (R11, R13)."""
        if witness not in {*self.latest.members, *self.latest.removed}:
            return
        if not self._readmission.pending:
            self._suspend()
            self._readmission.begin(unbroken=True)
        elif not self._readmission.unbroken:
            self._readmission.overtaken()

    def _give_way(self) -> None:
        """End, or go on as a member of the session that somebody else hosts now."""
        state = self.seat.reader.state
        self.context.count("fenced_out")
        if state is None or state.is_closed:
            self.seat.end("link_lost")
            return
        mine = state.incarnation.nonce == self.context.nonce
        if state.host_client_id == self.context.client_id and not mine:
            self.seat.end("replaced")
            return
        if state.on_host_loss == "close":
            self.seat.end("link_lost")
            return
        for change in self._publisher.waiting:
            if change.wish is not None:
                self.seat.requests.add(change.wish)
        for _, wish in self._held:
            self.seat.requests.add(wish)
        if mine:
            self.seat.become(StageName.JOINING, Entry(again=True))
        else:
            self.seat.follow()
