"""A broker and time for emulated instances: everything happens in one thread, nothing waits.

::

    world = World()
    creator, joiner = world.instance("creator"), world.instance("joiner", ahead=60)
    world.click(creator.create, "S1")
    world.run(5.0)
    world.click(joiner.join, "S1")
    world.run(20.0)
    assert creator.count == 2
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

from tests.interop.old_sge import OldInstance
from tests.interop.old_wire import Effect, Publish

LATENCY = 0.002
BEGAN = datetime(2026, 6, 1, 12)


class Said(NamedTuple):
    """A message, as it was published."""

    at: float
    by: str
    message: Publish


@dataclass
class _Connected:
    instance: OldInstance
    filters: list[str] = field(default_factory=list)


class World:
    """A dict of retained messages, a list of subscribers, and one clock for all.

    Arguments:
        latency: seconds from publishing to hearing.
    """

    def __init__(self, latency: float = LATENCY) -> None:
        self.now = 0.0
        self.retained: dict[str, bytes] = {}
        self.said: list[Said] = []
        """All that was published, in order; `by` is the name an instance came with."""
        self._latency = latency
        self._connected: dict[str, _Connected] = {}
        self._under_way: list[tuple[float, int, str, Publish, bool]] = []
        self._numbers = count()

    def instance(self, name: str, ahead: float = 0.0, **options: Any) -> OldInstance:
        """Add an instance whose wall clock is `ahead` seconds ahead."""

        def clock() -> datetime:
            return BEGAN + timedelta(seconds=self.now + ahead)

        instance = OldInstance(name, clock, new_id=lambda: f"{name}-game", **options)
        self._connected[name] = _Connected(instance)
        return instance

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

    def kill(self, instance: OldInstance) -> None:
        """End an instance without a word: there is no will."""
        del self._connected[self._name(instance)]

    def restart_broker(self) -> None:
        """Restart the broker with its store: who connects again does not subscribe again."""
        for connected in self._connected.values():
            connected.filters.clear()

    def publish(self, topic: str, payload: bytes, *, retain: bool, by: str = "") -> None:
        """Publish a message, now."""
        self._perform(by, [Publish(topic, payload, retain)])

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while (at := self._next()) is not None and at <= end:
            self.now = max(self.now, at)
            while self._under_way and self._under_way[0][0] <= self.now:
                self._deliver(*heapq.heappop(self._under_way)[2:])
            for name, connected in list(self._connected.items()):
                deadline = connected.instance.deadline
                if deadline is not None and deadline <= self.now:
                    self._perform(name, connected.instance.step(self.now))
        self.now = end

    def _name(self, instance: OldInstance) -> str:
        return next(name for name, c in self._connected.items() if c.instance is instance)

    def _next(self) -> float | None:
        deadlines = (each.instance.deadline for each in self._connected.values())
        times = [at for at in deadlines if at is not None]
        if self._under_way:
            times.append(self._under_way[0][0])
        return min(times, default=None)

    def _perform(self, name: str, effects: list[Effect]) -> None:
        for effect in effects:
            if not isinstance(effect, Publish):
                self._connected[name].filters.append(effect.topic)
                for topic, payload in self.retained.items():
                    if matches(effect.topic, topic):
                        self._send(name, Publish(topic, payload, True), retained=True)
                continue
            self.said.append(Said(self.now, name, effect))
            if effect.retain and effect.payload:
                self.retained[effect.topic] = effect.payload
            elif effect.retain:
                self.retained.pop(effect.topic, None)
            for other, connected in self._connected.items():
                if any(matches(each, effect.topic) for each in connected.filters):
                    self._send(other, effect, retained=False)

    def _send(self, name: str, message: Publish, *, retained: bool) -> None:
        at = self.now + self._latency
        heapq.heappush(self._under_way, (at, next(self._numbers), name, message, retained))

    def _deliver(self, name: str, message: Publish, retained: bool) -> None:
        if name in self._connected:
            instance = self._connected[name].instance
            self._perform(
                name, instance.receive(self.now, message.topic, message.payload, retained)
            )


def matches(filter_: str, topic: str) -> bool:
    """Tell whether a topic matches a filter; `+` alone stands for a level."""
    wanted, given = filter_.split("/"), topic.split("/")
    return len(wanted) == len(given) and all(
        one in ("+", other) for one, other in zip(wanted, given, strict=True)
    )
