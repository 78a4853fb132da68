"""The sessions of existing SGE instances, as one who looks on can know them (S21).

They answer no question. A session counts as live while it is heard: its creator publishes the
discovery every 5 s, before the start the state too. What is retained tells by its own time how
old it is, which is believed for the first look only, as their own viewers do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession, local
from headcount.sge.protocol.wire import Heard, Word

MAX_SESSIONS = 4096
NEVER = float("-inf")
FILTERS = (
    wire.topic(Word.DISCOVERY, "+"),
    wire.topic(Word.STATE, "+"),
    wire.topic(Word.READY, "+", "+"),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """The live sessions of existing instances, oldest first."""

    sessions: tuple[SGDistributedSession, ...]


@dataclass(slots=True)
class _Entry:
    state: SGDistributedSession | None = None
    card: SGDistributedSession | None = None
    ready: set[str] = field(default_factory=set)
    ours: bool = False
    fresh_until: float = NEVER


class Looking:
    """The list. Times are seconds on one monotonic clock."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._told: list[object] = []

    def heard(self, message: Heard, now: float, utc: float) -> Sequence[Listed]:
        """Take a message of theirs."""
        entry = self._entries.get(message.session_id)
        if entry is None:
            if len(self._entries) >= MAX_SESSIONS:
                del self._entries[next(iter(self._entries))]
            entry = self._entries[message.session_id] = _Entry()
        match message.word:
            case Word.STATE:
                entry.state = wire.state_of(message)
                self._refresh(entry, message, "last_heartbeat", now, utc)
            case Word.DISCOVERY:
                entry.ours = message.fields is not None and "session_uid" in message.fields
                entry.card = wire.card_of(message)
                if message.fields is None:
                    entry.fresh_until = NEVER
                self._refresh(entry, message, "timestamp", now, utc)
            case Word.READY if message.fields is None:
                entry.ready.discard(message.name)
            case Word.READY:
                entry.ready.add(message.name)
        # A thousand cards of ours are no reason to look a thousand times at a thousand.
        return [] if entry.ours and entry.fresh_until == NEVER else self._changes(now)

    def tick(self, now: float, utc: float) -> Sequence[Listed]:
        """Drop who is silent."""
        return self._changes(now)

    def connected(self, now: float, utc: float) -> Sequence[Listed]:
        """Begin to hear."""
        return []

    def lost(self, now: float) -> None:
        """Hear nothing: what is not heard is not listed for long."""

    def next_deadline(self) -> float | None:
        """Return when the next session is silent for too long."""
        return min((e.fresh_until for e in self._live_entries(NEVER)), default=None)

    def live(self, now: float) -> tuple[SGDistributedSession, ...]:
        """Return the sessions that live and are not over."""
        sessions = []
        for entry in self._live_entries(now):
            known = entry.state or _counted(entry)
            if known is not None and not known.is_closed():
                sessions.append(known)
        return tuple(sorted(sessions, key=lambda s: (s.created_at, s.session_id)))

    def _live_entries(self, now: float) -> list[_Entry]:
        return [e for e in self._entries.values() if not e.ours and e.fresh_until > now]

    def _refresh(self, entry: _Entry, message: Heard, when: str, now: float, utc: float) -> None:
        if message.fields is None or entry.ours or not wire.is_theirs(message):
            return
        age = _age(message.fields.get(when), utc) if message.retained else 0.0
        if 0.0 <= age < wire.SILENT:
            entry.fresh_until = max(entry.fresh_until, now + wire.SILENT - age)

    def _changes(self, now: float) -> Sequence[Listed]:
        for entry in self._entries.values():
            if entry.fresh_until <= now:
                entry.fresh_until = NEVER
        live = self.live(now)
        told: list[object] = [_shown(session) for session in live]
        if told == self._told:
            return []
        self._told = told
        return [Listed(live)]


def _counted(entry: _Entry) -> SGDistributedSession | None:
    """Return a session that publishes no state, counted by who says to be ready."""
    if entry.card is not None:
        entry.card.connected_instances = sorted(entry.ready)
    return entry.card


def _age(time: object, utc: float) -> float:
    """Return how old a time of theirs is, in seconds; clocks a little ahead are no matter."""
    try:
        when = local(datetime.fromisoformat(str(time)))
    except ValueError:
        return wire.SILENT
    return max(0.0, (datetime.fromtimestamp(utc) - when).total_seconds())


def _shown(session: SGDistributedSession) -> object:
    fields = session.to_dict()
    del fields["last_heartbeat"], fields["last_updated"]
    return fields
