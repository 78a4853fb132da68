"""A broker that exists only in simulated time, and everything that can go wrong with one.

What real brokers do (reference, "Engines") is kept: one order per topic for everybody, one
queue per connection and direction, retained messages before later ones. What goes wrong is
drawn from one seeded generator: delay, loss, repetition, publishers overtaking one another,
connections that go silent or break, wills that never come, restarts that keep, lose or bring
back older retained values.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from headcount.core.events import MessageReceived
from headcount.core.messages import Body, Presence
from headcount.core.state import Incarnation
from headcount.core.topics import ANY, Kind, Topic

FASTEST, SLOWEST = 0.0005, 0.02
KEPT_LATE = 0.005
"""Seconds within which some brokers keep what they have delivered already."""
KEEPALIVE = (4.0, 9.0)
"""Seconds of silence after which brokers have been seen to give a connection up."""


class Schedule:
    """What is to happen, in order of time; virtual seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Do `action` at a time, after everything planned for that time already."""
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, action))

    def run_until(self, end: float) -> None:
        """Do everything that is due up to `end`."""
        heap = self._heap
        while heap and heap[0][0] <= end:
            when, _, action = heapq.heappop(heap)
            if when > self.now:
                self.now = when
            action()
        self.now = end


@dataclass(eq=False, slots=True)
class Connection:
    """One client's connection as the broker has it."""

    name: str
    deliver: Callable[[MessageReceived], None]
    lost: Callable[[], None]
    will: Incarnation
    filters: list[Topic] = field(default_factory=list)
    open: bool = True
    silent_until: float = 0.0
    up_free: float = 0.0
    down_free: float = 0.0


class Network:
    """The broker and the wires to it.

    Args:
        schedule: the virtual time.
        rng: draws delays and faults.
    """

    def __init__(self, schedule: Schedule, rng: random.Random) -> None:
        self.schedule = schedule
        self.rng = rng
        self.loss = 0.0
        self.repeat = 0.0
        self.slowest = SLOWEST
        self.up = True
        self.fired: Counter[str] = Counter()
        self.published: Callable[[str, Topic, Body | None], None] = lambda *_: None
        self.dropped: Callable[[str, str], None] = lambda *_: None
        self.retained: dict[Topic, Body] = {}
        self.keeps_late = rng.random() < 0.5
        self._kept_by = 0.0
        self._older: dict[Topic, Body] = {}
        self._connections: list[Connection] = []

    # --- what clients do ---------------------------------------------------------------------

    def connect(
        self,
        name: str,
        will: Incarnation,
        deliver: Callable[[MessageReceived], None],
        lost: Callable[[], None],
    ) -> Connection | None:
        """Open a connection, or return None while the broker is down."""
        if not self.up:
            return None
        connection = Connection(name, deliver, lost, will)
        self._connections.append(connection)
        return connection

    def send(self, connection: Connection, topic: Topic, body: Body | None, retain: bool) -> None:
        """Publish from a client; it arrives later, or not."""
        self._upward(connection, lambda: self._publish(connection.name, topic, body, retain))

    def subscribe(self, connection: Connection, filters: tuple[Topic, ...]) -> None:
        """Subscribe a client; what is retained follows."""
        self._upward(connection, lambda: self._subscribed(connection, filters), sure=True)

    def unsubscribe(self, connection: Connection, filters: tuple[Topic, ...]) -> None:
        """Unsubscribe a client."""

        def gone() -> None:
            connection.filters = [f for f in connection.filters if f not in filters]

        self._upward(connection, gone, sure=True)

    def close(self, connection: Connection, *, will: bool) -> None:
        """End a connection from the client's side; with its will unless it said goodbye."""
        delay = self.rng.uniform(FASTEST, self.slowest)
        when = max(self.schedule.now + delay, connection.up_free)
        self.schedule.at(when, lambda: self._end(connection, will=will))

    # --- what goes wrong ---------------------------------------------------------------------

    def silence(self, connection: Connection, seconds: float) -> None:
        """Hold everything back on a connection, both ways, as a network that is gone does."""
        self.fired["silences"] += 1
        until = self.schedule.now + seconds
        connection.silent_until = max(connection.silent_until, until)
        connection.up_free = max(connection.up_free, until)
        connection.down_free = max(connection.down_free, until)
        self.expect_silence(connection, seconds)

    def expect_silence(self, connection: Connection, seconds: float) -> None:
        """Let the broker give the connection up if it will be silent for longer than it waits."""
        patience = self.rng.uniform(*KEEPALIVE)
        if seconds > patience:
            self.schedule.at(self.schedule.now + patience, lambda: self._give_up(connection))

    def _give_up(self, connection: Connection) -> None:
        """Close a connection that has been silent for too long; its client may get to know."""
        if connection.open:
            self._end(connection, will=True)
            if self.schedule.now >= connection.silent_until:
                connection.lost()

    def abandon(self, connection: Connection) -> None:
        """Leave a connection behind, as who changes networks does; its will comes late."""
        self.fired["roamings"] += 1
        connection.deliver = lambda _: None
        connection.lost = lambda: None
        after = self.schedule.now + self.rng.uniform(*KEEPALIVE)
        self.schedule.at(after, lambda: self._end(connection, will=True))

    def break_off(self, connection: Connection) -> None:
        """Break a connection so that both sides notice."""
        if connection.open:
            self.fired["broken links"] += 1
            self._end(connection, will=True)
            connection.lost()

    def restart(self, seconds: float, retained: str) -> None:
        """Stop the broker and start it again; no will is sent, as when it is killed.

        Args:
            seconds: how long it is down.
            retained: what it still has afterwards: "keep", "lose", or "older".
        """
        self.fired[f"restarts {retained}"] += 1
        self.up = False
        connections, self._connections = self._connections, []
        for connection in connections:
            connection.open = False
            connection.lost()
        if retained == "lose":
            self.retained = {}
        elif retained == "older":
            self.retained = dict(self._older)

        def back() -> None:
            self.up = True

        self.schedule.at(self.schedule.now + seconds, back)

    def remember(self) -> None:
        """Note what is retained now as what an "older" restart brings back."""
        self._older = dict(self.retained)

    # --- inside ------------------------------------------------------------------------------

    def _upward(
        self, connection: Connection, action: Callable[[], None], *, sure: bool = False
    ) -> None:
        if not connection.open:
            return
        if not sure and self.loss and self.rng.random() < self.loss:
            self.fired["lost messages"] += 1
            self.dropped(connection.name, "")
            return
        when = self.schedule.now + self.rng.uniform(FASTEST, self.slowest)
        connection.up_free = when = max(when, connection.up_free)

        def arrive() -> None:
            if connection.open:
                action()

        self.schedule.at(when, arrive)

    def _publish(self, sender: str, topic: Topic, body: Body | None, retain: bool) -> None:
        self.published(sender, topic, body)
        if retain:
            self._retain(topic, body)
        message = MessageReceived(topic, body, False)
        for connection in self._connections:
            if any(f.matches(topic) for f in connection.filters if f.kind is topic.kind):
                self._downward(connection, message, sender)

    def _retain(self, topic: Topic, body: Body | None) -> None:
        """Keep a message; some brokers have delivered it by then (`KEPT_LATE`)."""

        def keep() -> None:
            if body is None:
                self.retained.pop(topic, None)
            else:
                self.retained[topic] = body

        if self.keeps_late:
            self._kept_by = max(self._kept_by, self.schedule.now + self.rng.uniform(0, KEPT_LATE))
            self.schedule.at(self._kept_by, keep)
        else:
            keep()

    def _subscribed(self, connection: Connection, filters: tuple[Topic, ...]) -> None:
        for wanted in filters:
            if wanted not in connection.filters:
                connection.filters.append(wanted)
            if ANY not in wanted:
                body = self.retained.get(wanted)
                if body is not None:
                    self._downward(connection, MessageReceived(wanted, body, True), "")
                continue
            for topic, body in self.retained.items():
                if wanted.matches(topic):
                    self._downward(connection, MessageReceived(topic, body, True), "")

    def _downward(self, connection: Connection, message: MessageReceived, sender: str) -> None:
        if self.loss and self.rng.random() < self.loss:
            self.fired["lost messages"] += 1
            self.dropped(sender, connection.name)
            return
        times = 1
        if self.repeat and self.rng.random() < self.repeat:
            self.fired["repeated messages"] += 1
            times = 2
        for _ in range(times):
            when = self.schedule.now + self.rng.uniform(FASTEST, self.slowest)
            connection.down_free = when = max(when, connection.down_free)

            def arrive() -> None:
                if connection.open:
                    connection.deliver(message)

            self.schedule.at(when, arrive)

    def _end(self, connection: Connection, *, will: bool) -> None:
        if not connection.open:
            return
        connection.open = False
        if connection in self._connections:
            self._connections.remove(connection)
        if will and self.up:
            self.fired["wills"] += 1
            topic = Topic(Kind.PRESENCE, None, connection.name)
            self._publish(connection.name, topic, Presence("death", connection.will), False)
