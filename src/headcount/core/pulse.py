"""A host's heartbeats: one an interval, one for who asks, and the right to act that they give."""

from __future__ import annotations

from headcount.core.authority import Authority
from headcount.core.context import Context
from headcount.core.messages import Heartbeat
from headcount.core.state import SessionState, Timers
from headcount.core.topics import Kind, Topic

SOONEST_ANSWER, LATEST_ANSWER = 0.02, 0.15
ANSWERS_APART = 0.25
"""The least time between two heartbeats that were asked for, in seconds (rule R10)."""

GREETINGS = 0.5
"""Seconds within which those who live greet a new host."""


class Pulse:
    """The heartbeats of one host of one session."""

    def __init__(self, context: Context, session_id: str, timers: Timers) -> None:
        self._context = context
        self._topic = Topic(Kind.HEARTBEAT, session_id)
        self._interval = timers.heartbeat
        self._began = self._next = context.now
        self._last = context.now - ANSWERS_APART
        self._answer: float | None = None
        self.authority = Authority(timers)
        self.beats = 0
        """How many there were."""

    @property
    def age(self) -> int:
        """For how long this host has been one, in whole seconds."""
        return int(self._context.now - self._began)

    @property
    def young(self) -> bool:
        """Whether the greetings of those one took over from may still be on their way."""
        return self._context.now < self._began + GREETINGS

    def is_younger(self, mine: SessionState, other: Heartbeat) -> bool:
        """Tell whether this creation is the younger of two on one topic (rule R7).

        One that was created above the other's epoch has found nobody there, so it stays.
        """
        return (mine.epoch, self.age, other.uid) < (other.epoch, other.age, mine.session_uid)

    @property
    def holds(self) -> bool:
        """Whether the host was heard lately enough to act."""
        return self.authority.holds(self._context.now)

    def skip(self) -> None:
        """Let this heartbeat pass unsaid."""
        self._next = self._context.now + self._interval
        self._answer = None

    def beat(self, published: SessionState) -> None:
        """Say that the host lives, and what it published last."""
        now = self._context.now
        self._next, self._last, self._answer = now + self._interval, now, None
        self.beats += 1
        heartbeat = Heartbeat(
            uid=published.session_uid,
            epoch=published.epoch,
            host=self._context.client_id,
            incarnation=self._context.hearing.incarnation,
            version=published.version,
            count=published.count,
            phase=published.phase,
            seq=self.beats,
            age=self.age,
        )
        self.authority.sent(self.beats, now)
        self._context.send(self._topic, heartbeat)

    def answer_soon(self) -> None:
        """Beat for somebody who asks, a little later; together for all who ask by then."""
        if self._answer is None:
            jitter = self._context.rng.uniform(SOONEST_ANSWER, LATEST_ANSWER)
            self._answer = max(self._context.now + jitter, self._last + ANSWERS_APART)

    def due(self) -> bool:
        """Tell whether to beat now."""
        return self._context.now >= self.next_deadline()

    def next_deadline(self) -> float:
        """Return when to beat next."""
        return self._next if self._answer is None else min(self._next, self._answer)
