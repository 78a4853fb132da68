"""What the parts of a client share: its name, its clock, its connection, its voice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from headcount.core import events as e
from headcount.core.hearing import Hearing
from headcount.core.messages import Body
from headcount.core.reader import Reader
from headcount.core.topics import Topic

MAX_READERS = 256


class Context:
    """One client's means, handed to every part of it.

    Args:
        client_id: who this is, to everyone.
        nonce: random, one per process; tells it from others with the same id.
        rng: draws jitter; seeded in the simulation.
    """

    def __init__(self, client_id: str, nonce: str, rng: random.Random) -> None:
        self.client_id = client_id
        self.nonce = nonce
        self.rng = rng
        self.now = 0.0
        self.utc = 0.0
        self.expiry = False
        self.hearing = Hearing(client_id, nonce)
        self.drained = 0
        self._requests = 0
        self._readers: dict[str, Reader] = {}
        self._subscribed: Counter[Topic] = Counter()
        self._out: list[e.Effect] = []

    def reader(self, session_id: str) -> Reader:
        """Return the reader of a session: what was read once is never unread."""
        reader = self._readers.pop(session_id, None) or Reader()
        reader.confirmed = False
        self._readers[session_id] = reader
        if len(self._readers) > MAX_READERS:
            del self._readers[next(iter(self._readers))]
        return reader

    def number_request(self) -> int:
        """Return the number of a new request: never the same twice in one process."""
        self._requests += 1
        return self._requests

    @property
    def may_judge(self) -> bool:
        """Whether silence means something now: one is connected and has caught up (rule R1)."""
        return self.hearing.up and self.hearing.passed(self.drained)

    @property
    def utc_text(self) -> str:
        """The time for people to read, ISO 8601 in UTC."""
        return datetime.fromtimestamp(self.utc, UTC).isoformat(timespec="milliseconds")

    def take_effects(self) -> list[e.Effect]:
        """Return what has been asked for since the last call."""
        out, self._out = self._out, []
        return out

    def add(self, effects: Iterable[e.Effect]) -> None:
        """Ask for these effects."""
        self._out += effects

    def forget_subscriptions(self) -> None:
        """A new connection starts with nothing but one's own presence."""
        self._subscribed = Counter({self.hearing.topic: 1})

    def barrier(self) -> int:
        """Say one's birth, and return the mark by which to know that it came back."""
        mark, effects = self.hearing.barrier(self.now)
        self._out += effects
        return mark

    def send(
        self, topic: Topic, body: Body | None, *, retain: bool = False, expiry: int | None = None
    ) -> None:
        """Publish, if connected; what cannot be sent now is never sent."""
        if self.hearing.up:
            self._out.append(e.Send(topic, body, retain, expiry if self.expiry else None))

    def subscribe(self, topics: Iterable[Topic]) -> None:
        """Subscribe on behalf of one part; every topic needs its own `unsubscribe`."""
        new = tuple(topics)
        self._subscribed.update(new)
        if new and self.hearing.up:
            self._out.append(e.Subscribe(new))

    def ask_again(self, topic: Topic) -> None:
        """Subscribe once more to what one has, so that what is retained is sent again."""
        if self.hearing.up:
            self._out.append(e.Subscribe((topic,)))

    def unsubscribe(self, topics: Iterable[Topic]) -> None:
        """Give up subscriptions of one part; others that share them keep them."""
        gone = []
        for topic in topics:
            self._subscribed[topic] -= 1
            if self._subscribed[topic] <= 0:
                self._subscribed.pop(topic, None)
                gone.append(topic)
        if gone and self.hearing.up:
            self._out.append(e.Unsubscribe(tuple(gone)))

    def notify(self, notice: e.Notice) -> None:
        """Tell the application."""
        self._out.append(e.Notify(notice))

    def count(self, metric: str, amount: int = 1) -> None:
        """Add to a metric."""
        self._out.append(e.Count(metric, amount))

    def random_delay(self, most: float) -> float:
        """Return a random number of seconds from 0 to `most`."""
        return self.rng.uniform(0.0, most)
