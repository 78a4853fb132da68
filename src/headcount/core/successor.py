"""Taking over: what a member does when it has judged the host lost (rules R4 to R6)."""

from __future__ import annotations

import math

from msgspec.structs import replace

from headcount.core.lifecycle import Turn
from headcount.core.messages import Heartbeat, Leave
from headcount.core.publisher import STATE_EXPIRY, TOMBSTONE_EXPIRY
from headcount.core.reader import BELIEVABLE_EPOCHS
from headcount.core.reading import Reading
from headcount.core.requests import Wish
from headcount.core.rules import closed
from headcount.core.seat import Entry, Stage, StageName
from headcount.core.state import SessionState
from headcount.core.topics import Kind, Topic

STAGGER = 0.3
"""Seconds between the claims of one rank and the next, and to settle after one."""
SURVIVOR_STAYS = 3.0
"""The most a survivor of a closing session stays to see it closed, in seconds."""


class Successor(Stage):
    """A member in line for the host's place.

    It waits for its turn, reads the topic, claims above everything it has seen, hears its own
    claim, lets the others settle, and reads again: it is host only if its claim stands.
    Under ``on_host_loss="close"`` its claim is the closed state and nothing follows it.
    """

    _claims_at: float | None = None
    _reading: Reading | None = None
    _claim: SessionState | None = None
    _echoed = False
    _settles_at: float | None = None
    _stays_until: float | None = None
    _last_seen: SessionState | None = None
    _named = 0
    _epoch = 0
    _lost = ""

    def enter(self, entry: Entry) -> None:
        """Get in line; under "close" the application learns at once that the host is lost."""
        self._named = entry.named
        state = self.state
        self._lost = state.incarnation.nonce
        self._claims_at = self.context.now + self._turn(state, entry.named > state.version)
        if state.on_host_loss == "close":
            self._stays_until = self.context.now + SURVIVOR_STAYS
            self.seat.tell_end("host_lost")

    @property
    def state(self) -> SessionState:
        """The greatest state seen."""
        state = self.seat.reader.state
        assert state is not None
        return state

    def topics(self) -> list[Topic]:
        """Listen to requests and beats already: what one is host of next may be under way."""
        sid = self.seat.session_id
        return [Topic(Kind.PRESENCE, None, self.state.host_client_id), Topic(Kind.REQUEST, sid)]

    # --- what is heard -----------------------------------------------------------------------

    def link_down(self) -> None:
        """Claim nothing on another connection; see afterwards who is host."""
        self._give_way()

    def stalled(self, seconds: float) -> None:
        """Begin anew: others had the time to claim."""
        if not self.seat.told_end:
            self._give_way()

    def wish(self, wish: Wish) -> None:
        """Leave without asking, since nobody would answer; keep everything else for later."""
        if isinstance(wish.ask, Leave):
            self.seat.end("left")
        else:
            super().wish(wish)

    def saw(self, state: SessionState, retained: bool) -> None:
        """Note what the reading brings, and whether one's claim has come back."""
        if state.session_uid != self.state.session_uid:
            if self._reading is not None and not state.is_closed:
                # The topic is another session's by now: ours is over, and nothing is written.
                self.seat.end("host_lost")
            return
        self._last_seen = state
        if self._reading is not None:
            self._reading.found()
        if self._claim is not None and not self._echoed and state.same_as(self._claim):
            self._echoed = True
            self._settles_at = self.context.now + STAGGER

    def shows(self, state: SessionState) -> bool:
        """Show no claim of one's own before it stands: it may lack what others have read."""
        return state.is_closed or self._claim is None or not state.same_as(self._claim)

    def later(self, state: SessionState, retained: bool) -> None:
        """Give way to a claim, or build on what the lost host had still published."""
        if self._claim is not None and state.same_as(self._claim):
            return
        if state.is_closed:
            self.seat.end("host_lost" if self.seat.told_end else state.closed_reason or "closed")
        elif state.host_client_id == self.context.client_id:
            self._claim_again()
        elif self._claim is None and state.incarnation.nonce == self._lost:
            return
        elif self._claim is not None and state.epoch < self._claim.epoch:
            self._claim_again()
        else:
            self._give_way()

    def uninformed(self, claim: SessionState) -> None:
        """Claim above one who knows less, without waiting for one's turn."""
        if claim.epoch <= self.state.epoch + BELIEVABLE_EPOCHS:
            self._epoch = max(self._epoch, claim.epoch)
        if self._claims_at is not None:
            self._claims_at = self.context.now

    def heartbeat(self, heartbeat: Heartbeat) -> None:
        """Give way to a host that lives after all."""
        if self.seat.reader.matches(heartbeat) and self._claim is None:
            self._give_way()

    # --- what is due -------------------------------------------------------------------------

    def tick(self) -> None:
        """Read when it is one's turn; settle; leave when it takes too long."""
        now = self.context.now
        if self._stays_until is not None and now >= self._stays_until:
            self.seat.forget()
        elif self._claims_at is not None and now >= self._claims_at:
            self._claims_at = None
            self._reading = Reading(self.context, self.seat.state_topic)
        elif self._settles_at is not None and now >= self._settles_at and self._echoed:
            self._settles_at = None
            self._reading = Reading(self.context, self.seat.state_topic)
        elif self._settles_at is not None and now >= self._settles_at:
            self._claim_again()

    def progress(self) -> None:
        """Claim, or become host, when the reading is over."""
        if self._reading is None or not self._reading.over():
            return
        self._reading = None
        if self._claim is None:
            self._claim_now()
        elif self._last_seen is not None and self._last_seen.same_as(self._claim):
            self._stand()
        else:
            self._claim_again()

    def next_deadline(self) -> float | None:
        """Return when the next step is due."""
        wanted = [self._claims_at, self._settles_at, self._stays_until]
        return min((d for d in wanted if d is not None), default=None)

    # --- inside ------------------------------------------------------------------------------

    def _turn(self, state: SessionState, lacks: bool) -> float:
        """Return how long to wait for one's turn; who lacks what was named lets all others go."""
        rank, others = self._place(state)
        crowd = STAGGER * math.log2(max(2, others))
        if lacks:
            return 2 * STAGGER + crowd + self.context.random_delay(crowd)
        return rank * STAGGER if rank <= 1 else 2 * STAGGER + self.context.random_delay(crowd)

    def _place(self, state: SessionState) -> tuple[int, int]:
        """Return one's own rank, and how many are in line."""
        line = state.successors()
        me = self.context.client_id
        return (line.index(me) if me in line else len(line)), len(line)

    def _claim_now(self) -> None:
        """Publish a claim one epoch above the greatest state seen."""
        base = self.state
        if self.seat.told_end or base.on_host_loss == "close":
            claim = closed(base, "host_lost")
        else:
            claim = self._without_host(base)
        self._claim = replace(
            claim,
            epoch=max(base.epoch, self._epoch) + 1,
            host_client_id=self.context.client_id,
            incarnation=self.context.hearing.incarnation,
            version=max(base.version, self._named) + 1,
            last_updated=self.context.utc_text,
            last_heartbeat=self.context.utc_text,
        )
        self._publish()

    def _without_host(self, state: SessionState) -> SessionState:
        """Return the state with its host away and its countdown, if there is one, stopped."""
        turned = state.turned(Turn.TAKE_OVER) or state
        host = turned.members.get(turned.host_client_id)
        if host is not None:
            turned = turned.with_member(turned.host_client_id, replace(host, status="away"))
        mine = turned.members.get(self.context.client_id)
        if mine is not None:
            here = replace(mine, status="connected", incarnation=self.context.hearing.incarnation)
            turned = turned.with_member(self.context.client_id, here)
        return turned

    def _publish(self) -> None:
        claim = self._claim
        assert claim is not None
        self._echoed = False
        self._settles_at = self.context.now + STAGGER
        expiry = TOMBSTONE_EXPIRY if claim.is_closed else STATE_EXPIRY
        self.context.send(self.seat.state_topic, claim, retain=True, expiry=expiry)

    def _claim_again(self) -> None:
        """Claim above what has been read since."""
        self._claim = None
        self._echoed = False
        self._settles_at = None
        self._reading = Reading(self.context, self.seat.state_topic)

    def _stand(self) -> None:
        """Be host: the claim stands. A closed session gets its card cleared, and no more."""
        self.context.count("takeovers")
        if self.state.is_closed:
            self.context.send(self.seat.card_topic, None, retain=True)
            self.seat.end("host_lost")
        else:
            self.seat.become(StageName.HOST)

    def _give_way(self) -> None:
        if self.seat.told_end:
            self.seat.forget()
        else:
            self.seat.follow()
