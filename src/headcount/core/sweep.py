"""Sweeping: clearing what sessions without a host have left on the broker (rule R10)."""

from __future__ import annotations

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.messages import Heartbeat, Look, Request
from headcount.core.reader import PROBE_AGAIN
from headcount.core.state import SessionState
from headcount.core.topics import Kind, Topic

LISTENS = 60.0
"""Seconds of continuous listening without a sign of life before anything is cleared."""
ANSWERS = 0.8
JITTER = 2.0


class Sweep:
    """One suspected session, listened to until it shows life or is cleared."""

    def __init__(self, context: Context, session_id: str) -> None:
        self._context = context
        self._session_id = session_id
        self._topics = (
            Topic(Kind.HEARTBEAT, session_id),
            Topic(Kind.STATE, session_id),
            Topic(Kind.CARD, session_id),
        )
        self._retained: set[Topic] = set()
        self._probes_at: float | None = None
        self._clears_at: float | None = None
        self._probes = 0
        self.over = False
        if context.hearing.up:
            self.link_up()

    def link_up(self) -> None:
        """Begin to listen, from the beginning."""
        self._context.subscribe(self._topics)
        self._probes = 0
        self._clears_at = None
        jitter = self._context.random_delay(JITTER)
        self._probes_at = self._context.now + LISTENS + jitter

    def link_down(self, refused: bool) -> None:
        """What was heard so far is no continuous listening."""
        self._probes_at = self._clears_at = None

    def stalled(self, seconds: float) -> None:
        """Begin to listen again: one was deaf for a while."""
        if self._context.hearing.up:
            self._context.unsubscribe(self._topics)
            self.link_up()

    def received(self, message: e.MessageReceived) -> None:
        """Stop at a sign of life; note what is retained."""
        if self.over or message.topic.session_id != self._session_id:
            return
        live = not message.retained and isinstance(message.body, Heartbeat | SessionState)
        if live and not (isinstance(message.body, SessionState) and message.body.is_closed):
            self._stop()
        elif message.topic in self._topics[1:]:
            if message.body is None:
                self._retained.discard(message.topic)
            else:
                self._retained.add(message.topic)

    def tick(self) -> None:
        """Probe twice, then clear."""
        now, context = self._context.now, self._context
        if self.over or not context.hearing.up or not context.may_judge:
            return
        if self._clears_at is not None and now >= self._clears_at:
            for topic in self._topics[1:]:
                if topic in self._retained:
                    context.send(topic, None, retain=True)
            context.notify(e.Swept(self._session_id, "no live host"))
            context.count("sweeps")
            self._stop()
        elif self._probes_at is not None and now >= self._probes_at:
            self._probes += 1
            self._probes_at = now + PROBE_AGAIN if self._probes < 2 else None
            self._clears_at = now + ANSWERS
            look = Request(context.client_id, context.hearing.incarnation, 0, Look())
            context.send(Topic(Kind.REQUEST, self._session_id), look)

    def next_deadline(self) -> float | None:
        """Return when to probe or to clear."""
        if self.over or not self._context.may_judge:
            return None
        wanted = [self._probes_at, self._clears_at]
        return min((d for d in wanted if d is not None), default=None)

    def _stop(self) -> None:
        if not self.over:
            self.over = True
            self._context.unsubscribe(self._topics)
