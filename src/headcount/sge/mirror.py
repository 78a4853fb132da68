"""Mirroring a session of ours for existing SGE instances, and taking what they write as requests.

The host's instance runs one. It tells them the session as their own creator would. Whatever they
write over it may add who is heard, and takes nobody away: so two of them that overwrite each other
are both kept, and a session that one with a wrong clock declares closed is open again at once
(design, section 3.7). Who leaves says so on two topics of his own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.sge import wire
from headcount.sge.session import SGDistributedSession
from headcount.sge.translation import phase_of, session_of
from headcount.sge.wire import Heard, Publish, Word

REMEMBERED = 64
"""So many of the states told are kept, to know them when they come back."""
ANSWERS_APART = 0.25
"""The least time between two states that answer foreign ones, in seconds."""
MAX_GUESTS = 250


@dataclass(frozen=True, slots=True)
class Seat:
    """An existing instance came: it is to be a member."""

    client_id: str


@dataclass(frozen=True, slots=True)
class Unseat:
    """An existing instance has left, or is silent for too long."""

    client_id: str


Effect = Publish | Seat | Unseat


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
        self._ours: deque[object] = deque(maxlen=REMEMBERED)
        self._guests: dict[str, float] = {}
        self._aliases: dict[str, str] = {}
        self._told_ready: set[str] = set()
        self._retained: set[str] = set()
        self._heard: dict[str, float] = {}
        self._state_at = self._seed_at = 0.0
        self._answer_at: float | None = None
        self._answered_at = float("-inf")
        self._started = False

    @property
    def guests(self) -> list[str]:
        """The existing instances that are there."""
        return list(self._guests)

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
            # Whether they go on to be heard after the start is up to each of them.
            self._guests = dict.fromkeys(self._guests, float("inf"))
        return out + self._ready(utc)

    # --- what they do ------------------------------------------------------------------------

    def heard(self, message: Heard, now: float, utc: float) -> list[Effect]:
        """Take a message of an existing instance, or the echo of one's own."""
        state = self._state
        if state is None or state.is_closed or message.session_id != state.session_id:
            return []
        self._note_retained(message)
        if message.word is Word.STATE:
            return self._foreign_state(message, now)
        if message.word is Word.DISCOVERY and message.fields and not message.client_id:
            return self._cards(state, utc)
        if message.retained:
            return []
        client_id = self._owner(message, now)
        self._renew(client_id, now)
        match message.word:
            case Word.READY if message.fields is None:
                return self._leave(message.name)
            case Word.READY:
                return self._come([client_id], now)
            case Word.DISCONNECT:
                return self._leave(client_id)
            case _:
                return []

    def refused(self, client_id: str, now: float) -> None:
        """Note that an existing instance found no seat: it is told so by the state."""
        self._guests.pop(client_id, None)
        self._answer(now)

    def tick(self, now: float, utc: float) -> list[Effect]:
        """Do what is due: tell state and seed again, answer, give up the silent."""
        state = self._state
        if state is None or state.is_closed:
            return []
        out: list[Effect] = []
        for client_id in [c for c, until in self._guests.items() if now >= until]:
            out += self._leave(client_id)
        if self._answer_at is not None and now >= self._answer_at:
            out += self._tell(now, utc)
        elif now >= self._state_at:
            out += self._repeat(now, utc)
        if now >= self._seed_at:
            self._seed_at = now + wire.SEED_EVERY
            out.append(wire.seed(state.session_id, self._host, state.seed, True, utc))
        return out

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        if self._state is None or self._state.is_closed:
            return None
        wanted = [self._state_at, self._seed_at, *self._guests.values()]
        if self._answer_at is not None:
            wanted.append(self._answer_at)
        return min(wanted)

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
        """Publish what was published last, with a newer heartbeat."""
        state, shown = self._state, self._shown
        assert state is not None
        assert shown is not None
        self._state_at = now + wire.STATE_EVERY
        shown.last_heartbeat = datetime.fromtimestamp(utc)
        told = wire.state(shown)
        self._ours.append(told.fields)
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
        wanted = set(state.connected_instances) - self._guests.keys() if self._guests else set()
        out: list[Effect] = []
        for client_id in sorted(wanted - self._told_ready):
            out.append(wire.ready(state.session_id, client_id, utc))
        for client_id in sorted(self._told_ready - wanted):
            out.append(wire.clear(wire.topic(Word.READY, state.session_id, client_id)))
        self._told_ready = wanted
        return out

    def _end(self, utc: float) -> list[Effect]:
        """Tell that it is over, then clear all that the game has left on the broker."""
        state = self._state
        assert state is not None
        self._version += 1
        shown = self._session(state)
        shown.last_heartbeat = datetime.fromtimestamp(utc)
        left = {wire.topic(w, state.session_id) for w in (Word.SEED, Word.DISCOVERY)}
        left |= {wire.topic(Word.READY, state.session_id, c) for c in self._told_ready}
        left |= self._retained
        own = wire.topic(Word.STATE, state.session_id)
        ends: list[Effect] = [wire.state(shown)]
        return ends + [wire.clear(topic) for topic in [*sorted(left - {own}), own]]

    # --- listening ---------------------------------------------------------------------------

    def _foreign_state(self, message: Heard, now: float) -> list[Effect]:
        """Take whom a foreign state adds for what its writer asks."""
        session = wire.state_of(message)
        if session is None or message.fields in self._ours:
            return []
        self._answer(now)
        self._version = max(self._version, session.version)
        if message.retained or session.is_closed():
            return []
        # A base is known by its number only, and numbers collide: whom a writer has not heard of
        # is missing, whom it has not heard leave is there. So it adds who is heard, no more.
        return self._come(
            [c for c in session.connected_instances if self._heard_lately(c, now)], now
        )

    def _answer(self, now: float) -> None:
        """Publish one's own state over a foreign one, soon."""
        if self._answer_at is None:
            self._answer_at = max(now, self._answered_at + ANSWERS_APART)

    def _come(self, client_ids: Iterable[str], now: float) -> list[Effect]:
        state = self._state
        assert state is not None
        out: list[Effect] = []
        known = {*state.members, *self._aliases, *self._guests, ""}
        for client_id in dict.fromkeys(client_ids):
            if client_id not in known and not self._started and len(self._guests) < MAX_GUESTS:
                self._guests[client_id] = now + wire.SILENT
                out.append(Seat(client_id))
        return out

    def _leave(self, client_id: str) -> list[Effect]:
        """Let a guest go; nobody else can be removed so."""
        self._heard.pop(client_id, None)
        if self._guests.pop(client_id, None) is None:
            return []
        self._aliases = {a: c for a, c in self._aliases.items() if c != client_id}
        return [Unseat(client_id)]

    def _renew(self, client_id: str, now: float) -> None:
        if not client_id:
            return
        self._heard[client_id] = now
        if len(self._heard) > 4 * MAX_GUESTS:
            del self._heard[next(iter(self._heard))]
        if client_id in self._guests:
            self._guests[client_id] = now + wire.SILENT

    def _heard_lately(self, client_id: str, now: float) -> bool:
        return now - self._heard.get(client_id, float("-inf")) < wire.SILENT

    def _owner(self, message: Heard, now: float) -> str:
        """Return which instance a message is from: a joiner takes a new id at its launch."""
        client_id = message.client_id
        state = self._state
        assert state is not None
        known = client_id in state.members or client_id in self._guests
        if not client_id or known or not self._started or message.word in (Word.SEED, Word.READY):
            return self._aliases.get(client_id, client_id)
        if client_id not in self._aliases:
            named = set(self._aliases.values())
            nameless = (guest for guest in self._guests if guest not in named)
            guest = next(nameless, "")
            if guest:
                self._aliases[client_id] = guest
        return self._aliases.get(client_id, client_id)

    def _note_retained(self, message: Heard) -> None:
        """Remember what the broker keeps of them, to clear it at the end."""
        if message.word not in wire.RETAINED:
            return
        topic = wire.topic(message.word, message.session_id, message.name)
        if message.fields is None:
            self._retained.discard(topic)
        elif len(self._retained) < 4 * MAX_GUESTS:
            self._retained.add(topic)


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
