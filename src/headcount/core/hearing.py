"""Whether one can hear: one's own births, said and heard again.

A birth on one's own presence topic that comes back proves that the broker lives, that the
connection carries both ways, and that everything sent to us before it has been handled.
Such a round is called a barrier here; it precedes every verdict that could hurt somebody
(rules R1 and R5), and it takes the place of a ping when nothing else is heard.
"""

from __future__ import annotations

from headcount.core.events import DropLink, Effect, Send, Subscribe
from headcount.core.messages import Presence
from headcount.core.state import Incarnation
from headcount.core.topics import Kind, Topic

SILENCE_BARRIER = 3.0
"""Seconds of silence after which a barrier makes sure that something comes."""
SILENCE_LOST = 5.0
"""Seconds of silence after which the link is given up."""
REPEAT = 1.0
"""Seconds between two births of one barrier."""


class Hearing:
    """One client's presence on its connection."""

    def __init__(self, client_id: str, nonce: str) -> None:
        self.up = False
        """Whether one can send and hear."""
        self.connected = False
        """Whether there is a connection, be it deaf."""
        self.incarnation = Incarnation(nonce, 0)
        self.topic = Topic(Kind.PRESENCE, None, client_id)
        self._marks = 0
        self._heard = 0
        self._wanted = 0
        self._said_at = 0.0
        self._last_heard = 0.0

    @property
    def upcoming(self) -> Incarnation:
        """The incarnation of the next connection; its death is the will to leave."""
        return Incarnation(self.incarnation.nonce, self.incarnation.counter + 1)

    def link_up(self, now: float) -> list[Effect]:
        """Begin a connection: subscribe to oneself and say the birth."""
        self.up = self.connected = True
        self.incarnation = self.upcoming
        self._last_heard = now
        return [Subscribe((self.topic,)), *self.barrier(now)[1]]

    def link_down(self) -> None:
        """End a connection: what was said on it will not come back."""
        self.up = self.connected = False
        self._wanted = self._heard

    def heard_something(self, now: float) -> None:
        """Note that a message came."""
        self._last_heard = now

    def stalled(self, now: float) -> None:
        """Note that one could not listen: silence up to `now` says little."""
        self._last_heard = max(self._last_heard, now - SILENCE_BARRIER)

    def barrier(self, now: float) -> tuple[int, list[Effect]]:
        """Say the birth once more; return its mark, to be asked for with `passed`."""
        self._marks += 1
        self._wanted = self._marks
        return self._marks, self._say(now)

    def passed(self, mark: int) -> bool:
        """Tell whether the birth with this mark, or a later one, has come back."""
        return self._heard >= mark

    def own_presence(self, presence: Presence) -> None:
        """Take what was heard on one's own presence topic."""
        mine = presence.kind == "birth" and presence.incarnation == self.incarnation
        if mine and presence.mark <= self._marks:
            self._heard = max(self._heard, presence.mark)

    def tick(self, now: float) -> list[Effect]:
        """Repeat a birth that has not come back, or give up a link that is deaf."""
        if not self.up:
            return []
        if now >= self._last_heard + SILENCE_LOST:
            self.up = False
            return [DropLink()]
        if self._wanted > self._heard and now >= self._said_at + REPEAT:
            return self._say(now)
        if self._wanted <= self._heard and now >= self._last_heard + SILENCE_BARRIER:
            return self.barrier(now)[1]
        return []

    def next_deadline(self) -> float | None:
        """Return when `tick` has something to do."""
        if not self.up:
            return None
        lost = self._last_heard + SILENCE_LOST
        if self._wanted > self._heard:
            return min(lost, self._said_at + REPEAT)
        return min(lost, self._last_heard + SILENCE_BARRIER)

    def _say(self, now: float) -> list[Effect]:
        self._said_at = now
        return [Send(self.topic, Presence("birth", self.incarnation, self._marks))]
