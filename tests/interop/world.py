"""A broker and time for instances without a clock: everything happens in one thread, nothing waits.

::

    world = World()
    creator, joiner = world.instance("creator"), world.instance("joiner", ahead=60)
    world.click(creator.create, "S1")
    world.run(5.0)
    world.click(joiner.join, "S1")
    world.run(20.0)
    assert creator.count == 2

With a generator of random numbers every message takes its own time, on the way to the broker and
from it; what one connection carries stays in order.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache, partial
from itertools import count
from typing import Any, NamedTuple, Protocol

from tests.interop.old_sge import OldInstance
from tests.interop.old_wire import Clock, Effect, Publish

LATENCY = 0.002
SLOWEST = 0.3
WILL_AFTER = 5.0
"""Seconds until the broker takes a connection for lost whose client says nothing."""
NEVER = float("inf")
BEGAN = datetime(2026, 6, 1, 12)


class Said(NamedTuple):
    """A message, as it was published."""

    at: float
    by: str
    message: Publish


class Instance(Protocol):
    """What takes part: it is told the time and what comes, and says what it does."""

    @property
    def deadline(self) -> float | None:
        """When `step` is to be called, or None."""

    def step(self, now: float) -> list[Effect]:
        """Do what is due."""

    def receive(
        self, now: float, topic: str, payload: bytes, retained: bool = False
    ) -> list[Effect]:
        """Take a message."""


class Reconnecting(Instance, Protocol):
    """One that notices when its connection is lost, and subscribes again."""

    def lost(self, now: float) -> list[Effect]:
        """Learn that the connection is lost."""

    def connected(self, now: float) -> list[Effect]:
        """Subscribe."""

    def will(self, now: float) -> list[Effect]:
        """Return what the broker publishes when the connection is lost without a goodbye."""


@dataclass
class _Connected:
    instance: Instance
    filters: list[str] = field(default_factory=list)
    deadline: float = NEVER
    """When it wants to do something, as it said last."""
    cut: bool = False
    waiting: list[Publish] = field(default_factory=list)
    """What is said while the connection is lost: the old system's client sends it later."""


class World:
    """A dict of retained messages, a list of subscribers, and one clock for all.

    Arguments:
        latency: seconds from publishing to hearing.
        rng: draws longer times, up to `SLOWEST` in each direction.
    """

    def __init__(self, latency: float = LATENCY, rng: random.Random | None = None) -> None:
        self.now = 0.0
        self.retained: dict[str, bytes] = {}
        self.said: list[Said] = []
        """All that was published, in order; `by` is the name an instance came with."""
        self._latency = latency
        self._rng = rng
        self._connected: dict[str, _Connected] = {}
        self._under_way: list[tuple[float, int, Callable[[], None]]] = []
        self._last: dict[tuple[str, str], float] = {}
        self._numbers = count()

    def instance(self, name: str, ahead: float = 0.0, **options: Any) -> OldInstance:
        """Add an instance whose wall clock is `ahead` seconds ahead."""
        clock = self.clock(ahead)
        instance = OldInstance(name, clock, new_id=lambda: f"{name}-game", **options)
        self._connected[name] = _Connected(instance)
        return instance

    def clock(self, ahead: float = 0.0) -> Clock:
        """Return a wall clock that is so many seconds ahead."""
        return lambda: BEGAN + timedelta(seconds=self.now + ahead)

    def add(self, name: str, instance: Reconnecting) -> None:
        """Let another kind of instance take part."""
        self._connected[name] = _Connected(instance)
        self._perform(name, instance.connected(self.now))

    def session(self, *, most: int = 4, joiners: int = 0) -> list[OldInstance]:
        """Return the creator of a session S1 and those who joined it, one after another."""
        members = [self.instance("creator")]
        self.click(members[0].create, "S1", 2, most)
        self.run(5.0)
        for number in range(joiners):
            members.append(self.instance(f"joiner{number}"))
            self.click(members[-1].join, "S1")
            self.run(4.0)
        return members

    def click(self, button: Callable[..., list[Effect]], *arguments: Any) -> None:
        """Click a button of an instance, now: `button` is a method of the instance."""
        self._perform(self._name(button.__self__), button(self.now, *arguments))  # type: ignore[attr-defined]

    def kill(self, instance: Instance) -> None:
        """End an instance without a word of its own: the old ones have no will."""
        name = self._name(instance)
        del self._connected[name]
        if not isinstance(instance, OldInstance):
            self._publish_will(name, instance)  # type: ignore[arg-type]

    def end(self, instance: Instance) -> None:
        """End an instance that has said all that it had to say."""
        del self._connected[self._name(instance)]

    def cut(self, instance: Instance, seconds: float) -> None:
        """Lose the connection of an instance for a while."""
        name = self._name(instance)
        connected = self._connected[name]
        if connected.cut:
            return
        connected.cut = True
        connected.filters.clear()
        if not isinstance(instance, OldInstance):
            self._perform(name, instance.lost(self.now))  # type: ignore[attr-defined]
            late = min(seconds, WILL_AFTER)
            self._later(late, partial(self._publish_will, name, instance))  # type: ignore[arg-type]
        self._later(seconds, partial(self._reconnect, name, connected))

    def restart_broker(self) -> None:
        """Restart the broker with its store: who connects again does not subscribe again."""
        for connected in self._connected.values():
            connected.filters.clear()

    def publish(self, topic: str, payload: bytes, *, retain: bool, by: str = "") -> None:
        """Publish a message, now."""
        self._accept(by, Publish(topic, payload, retain))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (at := self._next()) is not None and at <= end:
            self.now = max(self.now, at)
            while self._under_way and self._under_way[0][0] <= self.now:
                heapq.heappop(self._under_way)[2]()
            for name, connected in list(self._connected.items()):
                if connected.deadline <= self.now:
                    self._perform(name, connected.instance.step(self.now))
        self.now = end

    def _name(self, instance: Instance) -> str:
        return next(name for name, c in self._connected.items() if c.instance is instance)

    def _next(self) -> float | None:
        times = [connected.deadline for connected in self._connected.values()]
        if self._under_way:
            times.append(self._under_way[0][0])
        at = min(times, default=NEVER)
        return None if at == NEVER else at

    # --- connections ---------------------------------------------------------------------------

    def _publish_will(self, name: str, instance: Reconnecting) -> None:
        for effect in instance.will(self.now):
            assert isinstance(effect, Publish)
            self._accept(name, effect)

    def _reconnect(self, name: str, connected: _Connected) -> None:
        if self._connected.get(name) is not connected:
            return
        connected.cut = False
        waiting, connected.waiting = connected.waiting, []
        if isinstance(connected.instance, OldInstance):
            self._perform(name, list(waiting))
        else:
            self._perform(name, connected.instance.connected(self.now))  # type: ignore[attr-defined]

    def _perform(self, name: str, effects: list[Effect]) -> None:
        connected = self._connected[name]
        deadline = connected.instance.deadline
        connected.deadline = NEVER if deadline is None else deadline
        for effect in effects:
            if not isinstance(effect, Publish):
                if not connected.cut:
                    self._subscribe(name, connected, effect.topic)
            elif connected.cut:
                connected.waiting += [effect] if effect.qos else []
            elif self._rng is None:
                self._accept(name, effect)
            else:
                self._travel(name, "to", partial(self._accept, name, effect))

    def _subscribe(self, name: str, connected: _Connected, filter_: str) -> None:
        connected.filters.append(filter_)
        for topic, payload in self.retained.items():
            if matches(filter_, topic):
                self._send(name, Publish(topic, payload, True), retained=True)

    # --- the broker ----------------------------------------------------------------------------

    def _accept(self, name: str, message: Publish) -> None:
        self.said.append(Said(self.now, name, message))
        if message.retain and message.payload:
            self.retained[message.topic] = message.payload
        elif message.retain:
            self.retained.pop(message.topic, None)
        for other, connected in self._connected.items():
            if any(matches(each, message.topic) for each in connected.filters):
                self._send(other, message, retained=False)

    def _send(self, name: str, message: Publish, *, retained: bool) -> None:
        self._travel(name, "from", partial(self._deliver, name, message, retained))

    def _deliver(self, name: str, message: Publish, retained: bool) -> None:
        connected = self._connected.get(name)
        if connected is not None and not connected.cut:
            instance = connected.instance
            self._perform(
                name, instance.receive(self.now, message.topic, message.payload, retained)
            )

    def _travel(self, name: str, way: str, arrive: Callable[[], None]) -> None:
        """Let something arrive later, and never before what went the same way."""
        needed = self._latency
        if self._rng is not None:
            needed = SLOWEST * self._rng.random() ** 3
        at = max(self.now + needed, self._last.get((name, way), 0.0))
        self._last[name, way] = at
        heapq.heappush(self._under_way, (at, next(self._numbers), arrive))

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._under_way, (self.now + seconds, next(self._numbers), action))


@lru_cache(4096)
def matches(filter_: str, topic: str) -> bool:
    """Tell whether a topic matches a filter; `+` alone stands for a level."""
    wanted, given = filter_.split("/"), topic.split("/")
    return len(wanted) == len(given) and all(
        one in ("+", other) for one, other in zip(wanted, given, strict=True)
    )
