"""The list of live sessions: what is retained, once its host has been heard (rule R10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.leases import Leases
from headcount.core.messages import Card, Heartbeat, Probe
from headcount.core.publisher import TOMBSTONE_EXPIRY
from headcount.core.reader import NOBODY, PROBE_AGAIN, READ_SOON, Reader, Verdict, is_of
from headcount.core.state import SessionState
from headcount.core.topics import ANY, Kind, Topic

FLOWING = 0.2
"""Seconds without another answer after which no more is waited for."""
LATEST = 4.0
TOGETHER = 0.02
"""Seconds within which changes are told together."""
OBJECT_SOON = 0.5
MAX_SESSIONS = 8192
"""How many session ids one list remembers: anybody may make them up (rule R13)."""
FILTERS = (Topic(Kind.HEARTBEAT, ANY), Topic(Kind.STATE, ANY), Topic(Kind.CARD, ANY))


@dataclass(slots=True)
class _Entry:
    reader: Reader = field(default_factory=Reader)
    heartbeat: Heartbeat | None = None
    heard_at: float = 0.0
    reads_at: float | None = None
    objects_at: float | None = None


class Directory:
    """The sessions of one broker, as one client sees them.

    Args:
        context: the client's means.
        suspect: called with the id of a session for which nobody answers.
        once: stop as soon as everything is confirmed or given up, and tell nothing.
    """

    def __init__(
        self, context: Context, suspect: Callable[[str], None], *, once: bool = False
    ) -> None:
        self._context = context
        self._suspect = suspect
        self._once = once
        self._entries: dict[str, _Entry] = {}
        self._due: set[str] = set()
        """Whose topics are to be read again, or whose hosts to be shown what they missed."""
        self._unanswered: dict[str, None] = {}
        """For whom no host has answered, in the order in which they were heard of."""
        self._heard_at = 0.0
        self._leases = Leases()
        self._told: tuple[SessionState, ...] | None = None
        self._tells_at: float | None = None
        self._probe_at: float | None = None
        self._complete_at: float | None = None
        self._latest_at = 0.0
        self._mark: int | None = None
        self.over = False
        if context.hearing.up:
            self.link_up()

    def stop(self) -> None:
        """Listen no more."""
        if not self.over:
            self.over = True
            self._context.unsubscribe(FILTERS)

    # --- the connection ----------------------------------------------------------------------

    def link_up(self) -> None:
        """Read everything that is retained, and ask who lives."""
        now, context = self._context.now, self._context
        for entry in self._entries.values():
            entry.heartbeat = None
        context.subscribe(FILTERS)
        self._mark = context.barrier()
        context.send(Topic(Kind.PROBE), Probe(context.client_id, self._once))
        self._probe_at = now + PROBE_AGAIN
        self._complete_at = now + NOBODY
        self._latest_at = now + LATEST
        self._leases.link_up(now)

    def link_down(self, refused: bool) -> None:
        """Judge nobody."""
        self._probe_at = self._complete_at = None

    def stalled(self, seconds: float) -> None:
        """Hold no silence against anybody while one was not listening."""
        self._leases.stalled(seconds)

    # --- what is heard -----------------------------------------------------------------------

    def received(self, message: e.MessageReceived) -> None:
        """Take a state, a card or a heartbeat."""
        session_id = message.topic.session_id
        if session_id is not None:
            match message.body:
                case SessionState():
                    self._state(session_id, message.body, message.retained)
                case Heartbeat():
                    self._heartbeat(session_id, message.body)
                case Card():
                    self._entry(session_id)
                case _:
                    pass
        if session_id is not None:
            self._note(session_id)
        self._complete_early()

    def _note(self, session_id: str) -> None:
        """Remember whether a session is answered for, and whether it wants anything done."""
        entry = self._entry(session_id)
        state = entry.reader.state
        done = entry.reader.confirmed or (state is not None and state.is_closed)
        if done:
            self._unanswered.pop(session_id, None)
        else:
            self._unanswered.setdefault(session_id)
        if entry.reads_at is not None or entry.objects_at is not None:
            self._due.add(session_id)

    def _state(self, session_id: str, state: SessionState, retained: bool) -> None:
        entry = self._entry(session_id)
        verdict = entry.reader.judge(state)
        if verdict is Verdict.LATER:
            entry.reader.accept(state)
            if state.is_closed:
                self._leases.end(session_id)
            elif not retained or self._announced(entry):
                entry.reads_at = None
                self._confirm(session_id, entry)
            self._changed()
        elif verdict is Verdict.SAME and not retained and entry.reader.confirmed:
            # Of a host that is silent it may be a member's objection to another's claim.
            self._confirm(session_id, entry)

    def _heartbeat(self, session_id: str, heartbeat: Heartbeat) -> None:
        entry = self._entry(session_id)
        entry.heartbeat, entry.heard_at = heartbeat, self._context.now
        state = entry.reader.state
        if self._announced(entry):
            self._confirm(session_id, entry)
        if entry.objects_at is None and entry.reader.superior(heartbeat) is not None:
            entry.objects_at = self._context.now + self._context.random_delay(OBJECT_SOON)
        behind = state is None or heartbeat.version > state.version or not self._announced(entry)
        if behind and entry.reads_at is None:
            entry.reads_at = self._context.now + self._context.random_delay(READ_SOON)

    # --- what is due -------------------------------------------------------------------------

    def tick(self) -> None:
        """Probe again, drop the silent, tell what has changed."""
        now, context = self._context.now, self._context
        if self.over or not context.hearing.up:
            return
        if self._probe_at is not None and now >= self._probe_at:
            self._probe_at = None
            context.send(Topic(Kind.PROBE), Probe(context.client_id, self._once))
        if self._complete_at is not None and now >= self._complete_at:
            self._complete()
        if context.may_judge:
            for session_id in self._leases.expired(now):
                self._leases.end(session_id)
                self._entries[session_id].reader.confirmed = False
                self._unanswered[session_id] = None
                self._suspect(session_id)
                self._changed()
        for session_id in sorted(self._due):
            self._do_due(session_id, now)
        if self._tells_at is not None and now >= self._tells_at:
            self._tell()

    def next_deadline(self) -> float | None:
        """Return when the next of these is due."""
        if self.over or not self._context.hearing.up:
            return None
        wanted = [self._probe_at, self._complete_at, self._tells_at]
        for session_id in self._due:
            entry = self._entries[session_id]
            wanted += [entry.reads_at, entry.objects_at]
        if self._context.may_judge:
            wanted.append(self._leases.next_deadline())
        return min((d for d in wanted if d is not None), default=None)

    # --- inside ------------------------------------------------------------------------------

    def _do_due(self, session_id: str, now: float) -> None:
        entry, topic = self._entries[session_id], Topic(Kind.STATE, session_id)
        if entry.reads_at is not None and now >= entry.reads_at:
            entry.reads_at = None
            self._context.subscribe((topic,))
            self._context.unsubscribe((topic,))
        if entry.objects_at is not None and now >= entry.objects_at:
            entry.objects_at = None
            self._object(session_id, entry)
        if entry.reads_at is None and entry.objects_at is None:
            self._due.discard(session_id)

    def _entry(self, session_id: str) -> _Entry:
        entry = self._entries.get(session_id)
        if entry is None:
            if len(self._entries) >= MAX_SESSIONS:
                self._drop(next(iter(self._unanswered), next(iter(self._entries))))
            entry = self._entries[session_id] = _Entry()
        return entry

    def _drop(self, session_id: str) -> None:
        """Forget a session, to have room for another."""
        self._context.count("sessions_forgotten")
        del self._entries[session_id]
        self._unanswered.pop(session_id, None)
        self._due.discard(session_id)
        self._leases.end(session_id)

    def _announced(self, entry: _Entry) -> bool:
        """Tell whether the host of the state read was heard, here and within its lease."""
        state, heartbeat = entry.reader.state, entry.heartbeat
        if state is None or heartbeat is None or not is_of(heartbeat, state):
            return False
        return self._context.now <= entry.heard_at + state.timers.lease

    def _confirm(self, session_id: str, entry: _Entry) -> None:
        state = entry.reader.state
        if state is None or state.is_closed:
            return
        self._leases.renew(session_id, self._context.now, state.timers.lease)
        if not entry.reader.confirmed:
            entry.reader.confirmed = True
            self._heard_at = self._context.now
            self._changed()

    def _object(self, session_id: str, entry: _Entry) -> None:
        """Show what one has read to a host that has missed it, and goes on (rule R6)."""
        heard = entry.heartbeat
        superior = None if heard is None else entry.reader.superior(heard)
        if superior is not None:
            topic = Topic(Kind.STATE, session_id)
            self._context.send(topic, superior, retain=True, expiry=TOMBSTONE_EXPIRY)

    def _live(self) -> tuple[SessionState, ...]:
        states = [
            entry.reader.state
            for entry in self._entries.values()
            if entry.reader.confirmed and entry.reader.state and not entry.reader.state.is_closed
        ]
        return tuple(sorted(states, key=lambda state: (state.created_at, state.session_id)))

    def _changed(self) -> None:
        if self._told is not None and self._tells_at is None:
            self._tells_at = self._context.now + TOGETHER

    def _complete_early(self) -> None:
        """Stop waiting once everything that is retained has been answered for."""
        if self._told is not None or self._mark is None or self._complete_at is None:
            return
        if not self._context.hearing.passed(self._mark):
            return
        if not self._unanswered:
            self._complete()

    def _complete(self) -> None:
        now = self._context.now
        if self._unanswered and now < min(self._heard_at + FLOWING, self._latest_at):
            # Answers are still coming in: a crowd of hosts takes longer than one.
            self._complete_at = self._heard_at + FLOWING
            return
        self._complete_at = None
        for session_id, entry in self._entries.items():
            if not entry.reader.confirmed:
                self._suspect(session_id)
        if self._once:
            self.stop()
        else:
            self._tell()

    def _tell(self) -> None:
        self._tells_at = None
        live = self._live()
        if live != self._told:
            self._told = live
            self._context.notify(e.SessionsListed(live))
