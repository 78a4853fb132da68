"""Mirroring a session of ours for existing SGE instances, and taking what they write as requests.

The host's instance runs one. It tells them the session as their own creator would. Whatever they
write over it may add who is heard, and takes nobody away: so two of them that overwrite each other
are both kept, and a session that one with a wrong clock declares closed is open again at once
(design, section 3.7). Who leaves says so on two topics of his own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.sge.hosting.casting import Casting, Claim
from headcount.sge.hosting.echoes import Echoes
from headcount.sge.hosting.guests import Guests
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.translation import phase_of, session_of
from headcount.sge.protocol.wire import Heard, Publish, Word

ANSWERS_APART = 0.25
"""The least time between two states that answer foreign ones, in seconds."""
ASKS_AGAIN = 10.0
"""Seconds after which one that found no seat, and is still there, may find one."""
_ROLES = frozenset({Word.RESERVATION, Word.REGISTRATION, Word.ALL_SELECTED})


@dataclass(frozen=True, slots=True)
class Seat:
    """An existing instance came, or came back: it is to be a member."""

    client_id: str


@dataclass(frozen=True, slots=True)
class Unseat:
    """An existing instance has left, or was silent for too long, and may come back then."""

    client_id: str
    silent: bool = False


Effect = Publish | Seat | Unseat | Claim


class Mirror:
    """What one host shows to existing instances. Times are seconds on one monotonic clock.

    Args:
        host: the host's client id.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._state: SessionState | None = None
        self._version = 0
        self._shown: SGDistributedSession | None = None
        self._guests = Guests()
        self._casting = Casting(host)
        self._told_ready: set[str] = set()
        self._echoes = Echoes()
        self._refused: dict[str, float] = {}
        self._deaf = False
        self._state_at = self._seed_at = 0.0
        self._answer_at: float | None = None
        self._answered_at = float("-inf")
        self._started = False

    @property
    def guests(self) -> list[str]:
        """The existing instances that are there."""
        return self._guests.ids

    # --- what our session does ---------------------------------------------------------------

    def show(self, state: SessionState, now: float, utc: float) -> list[Effect]:
        """Mirror a newer state of our session."""
        before, self._state = self._state, state
        if state.is_closed:
            return self._end(utc)
        changed = before is None or _seen_by_them(before) != _seen_by_them(state)
        out = self._tell(now, utc) if changed else []
        if state.phase is Phase.STARTED and not self._started:
            self._started = True
            counted_down = before is not None and before.phase is Phase.STARTING
            out.append(wire.start(state.session_id, self._host, counted_down, utc))
        out += self._ready(utc)
        return self._sent([*out, *self._casting.show(state, self.guests, now, utc)])

    def claim_refused(self, client_id: str, now: float, utc: float) -> list[Effect]:
        """Note that an existing instance did not get the role it asked for."""
        return self._sent(self._casting.refused(client_id, now, utc))

    def refused(self, client_id: str, now: float) -> None:
        """Note that an existing instance has no seat: it is told so by the state."""
        if self._guests.remove(client_id):
            self._refused = {c: until for c, until in self._refused.items() if now < until}
            self._refused[client_id] = now + ASKS_AGAIN
            self._answer(now)

    # --- the connection ----------------------------------------------------------------------

    def connected(self, now: float, utc: float) -> list[Effect]:
        """Begin to hear, once more perhaps: whoever was not heard meanwhile is not silent."""
        self._deaf = False
        self._guests.restart(now)
        self._echoes.reconnected()
        self._state_at = self._seed_at = now
        return []

    def lost(self, now: float) -> None:
        """Hear nothing for now: nobody is judged (design, R1)."""
        self._deaf = True

    # --- what they do ------------------------------------------------------------------------

    def heard(self, message: Heard, now: float, utc: float) -> list[Effect]:
        """Take a message of an existing instance, or the echo of one's own."""
        state = self._state
        if state is None or state.is_closed or message.session_id != state.session_id:
            return []
        own = self._echoes.hears(message)
        if message.word is Word.STATE:
            return [] if own else self._foreign_state(message, now)
        if message.word is Word.DISCOVERY and message.fields and not message.client_id:
            return self._cards(state, utc)
        if message.word is Word.SEED and wire.seed_of(message) not in (None, state.seed):
            # Whoever joins takes the first seed it reads: that is to be ours.
            self._seed_at = min(self._seed_at, now + ANSWERS_APART)
        client_id, out = "", list[Effect]()
        if not own:
            client_id, out = "", list[Effect]()
        if not own:
            client_id = self._guests.owner(message, state.members, self._started, now)
            if not message.retained:
                self._guests.renew(client_id, now, wire.ahead_of(message, utc))
                out = self._come_and_go(message, client_id, now)
        if message.word in _ROLES:
            out += self._casting.heard(message, client_id, now, utc)
        return self._sent(out)

    def _come_and_go(self, message: Heard, client_id: str, now: float) -> list[Effect]:
        match message.word:
            case Word.READY if message.fields is None:
                return self._leave(self._guests.seat_of(message.name))
            case Word.READY:
                return self._come([client_id], now)
            case Word.DISCONNECT:
                return self._leave(client_id)
            case Word.SEED if self._is_without_seat(client_id, now):
                return self._sit(client_id, now)
            case _ if self._guests.has_lapsed(client_id, now):
                return self._sit(client_id, now)
            case _:
                return []

    def tick(self, now: float, utc: float) -> list[Effect]:
        """Do what is due: tell state and seed again, answer, give up the silent."""
        state = self._state
        if state is None or state.is_closed:
            return []
        out: list[Effect] = []
        if not self._deaf:
            for client_id in self._guests.lapse(now):
                out += [Unseat(client_id, silent=True), *self._unready(client_id)]
        if self._answer_at is not None and now >= self._answer_at:
            out += self._tell(now, utc)
        elif now >= self._state_at:
            out += self._repeat(now, utc)
        if now >= self._seed_at:
            self._seed_at = now + wire.SEED_EVERY
            out.append(wire.seed(state.session_id, self._host, state.seed, True, utc))
        return self._sent([*out, *self._casting.tick(now, utc)])

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        if self._state is None or self._state.is_closed:
            return None
        silent = None if self._deaf else self._guests.next_deadline()
        wanted = [self._state_at, self._seed_at, self._answer_at, silent]
        wanted.append(self._casting.next_deadline())
        return min(at for at in wanted if at is not None)

    # --- telling -----------------------------------------------------------------------------

    def _tell(self, now: float, utc: float) -> list[Effect]:
        """Publish the state as a new version."""
        state = self._state
        assert state is not None
        self._answer_at = None
        self._answered_at = now
        self._version += 1
        self._shown = self._session(state)
        return self._repeat(now, utc)

    def _repeat(self, now: float, utc: float) -> list[Effect]:
        """Publish what was published last, with a newer heartbeat.

        It is told by the fastest of their clocks: one that is 15 s ahead would take the host for
        dead, and close the session for all of them.
        """
        state, shown = self._state, self._shown
        assert state is not None
        assert shown is not None
        self._state_at = now + wire.STATE_EVERY
        shown.last_heartbeat = datetime.fromtimestamp(utc + self._guests.ahead)
        told = wire.state(shown)
        return [told, self._discovery(state, shown, utc)]

    def _cards(self, state: SessionState, utc: float) -> list[Effect]:
        """Answer a card that only we can read with one for both."""
        return [] if self._shown is None else [self._discovery(state, self._shown, utc)]

    def _discovery(self, state: SessionState, shown: SGDistributedSession, utc: float) -> Publish:
        """Return the one discovery for both systems: their fields, and those of our card."""
        theirs = wire.discovery(shown, self._host, utc)
        assert theirs.fields is not None
        card = {"session_uid": state.session_uid, "host_client_id": state.host_client_id}
        return Publish(theirs.topic, {**theirs.fields, **card}, True)

    def _session(self, state: SessionState) -> SGDistributedSession:
        shown = session_of(state)
        shown.version = self._version
        return shown

    def _ready(self, utc: float) -> list[Effect]:
        """Count our members the old way too, for as long as somebody counts so."""
        state = self._state
        assert state is not None
        wanted = set(state.connected_instances) - set(self.guests) if self._guests else set()
        out: list[Effect] = []
        for client_id in sorted(wanted - self._told_ready):
            out.append(wire.ready(state.session_id, client_id, utc))
        for client_id in sorted(self._told_ready - wanted - set(self.guests)):
            out.append(wire.clear(wire.topic(Word.READY, state.session_id, client_id)))
        self._told_ready = wanted
        return out

    def _unready(self, client_id: str) -> list[Effect]:
        """Clear what one that is gone has left of itself."""
        assert self._state is not None
        topic = wire.topic(Word.READY, self._state.session_id, client_id)
        return [wire.clear(topic)] if topic in self._echoes.kept else []

    def _end(self, utc: float) -> list[Effect]:
        """Tell that it is over, then clear all that the game has left on the broker."""
        state = self._state
        assert state is not None
        self._version += 1
        shown = self._session(state)
        shown.last_heartbeat = datetime.fromtimestamp(utc)
        own = wire.topic(Word.STATE, state.session_id)
        left = self._echoes.kept | {
            wire.topic(w, state.session_id) for w in (Word.SEED, Word.DISCOVERY)
        }
        clears = [wire.clear(topic) for topic in [*sorted(left - {own}), own]]
        return [wire.state(shown), *clears]

    # --- listening ---------------------------------------------------------------------------

    def _foreign_state(self, message: Heard, now: float) -> list[Effect]:
        """Take whom a foreign state adds for what its writer asks."""
        session = wire.state_of(message)
        if session is None:
            return []
        self._answer(now)
        self._version = max(self._version, session.version)
        if message.retained or session.is_closed():
            return []
        # A base is known by its number only, and numbers collide: whom a writer has not heard of
        # is missing, whom it has not heard leave is there. So it adds who is heard, no more.
        heard = [c for c in session.connected_instances if self._guests.heard_lately(c, now)]
        return self._come(heard, now)

    def _answer(self, now: float) -> None:
        """Publish one's own state over a foreign one, soon."""
        if self._answer_at is None:
            self._answer_at = max(now, self._answered_at + ANSWERS_APART)

    def _come(self, client_ids: Iterable[str], now: float) -> list[Effect]:
        state = self._state
        assert state is not None
        out: list[Effect] = []
        for client_id in dict.fromkeys(client_ids):
            known = client_id in state.members or client_id in self._guests
            if self._guests.has_lapsed(client_id, now) or not (known or self._started):
                out += self._sit(client_id, now)
        return out

    def _is_without_seat(self, client_id: str, now: float) -> bool:
        """Tell whether one that tells the seed is in it for itself, and not for us.

        Its seat was held by a host that is gone, or it came while we were deaf: then its notice
        to be ready is still kept.
        """
        state = self._state
        assert state is not None
        if client_id in self._guests or now < self._refused.get(client_id, 0.0):
            return False
        member = state.members.get(client_id)
        if member is not None:
            return member.status == "away"
        ready = wire.topic(Word.READY, state.session_id, client_id)
        return not self._started and ready in self._echoes.kept

    def _sit(self, client_id: str, now: float) -> list[Effect]:
        return [Seat(client_id)] if client_id and self._guests.add(client_id, now) else []

    def _leave(self, client_id: str) -> list[Effect]:
        """Let a guest go; nobody else can be removed so."""
        if not self._guests.remove(client_id):
            return []
        return [Unseat(client_id), *self._unready(client_id)]

    def _sent(self, effects: Sequence[Effect]) -> list[Effect]:
        """Remember what one publishes, to know it when it comes back."""
        for effect in effects:
            if isinstance(effect, Publish):
                self._echoes.sends(effect)
        return list(effects)


def _seen_by_them(state: SessionState) -> tuple[object, ...]:
    """Return all of a state that they see."""
    return (
        state.model_name,
        phase_of(state),
        state.connected_instances,
        state.num_players_min,
        state.seats,
        state.host_client_id,
    )
