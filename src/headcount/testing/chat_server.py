"""The shell of a hub in simulated time: it performs effects, and can stall, stop and die."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.hub import Hub
from headcount.chat.hub.settings import Settings
from headcount.chat.wire.codec import decode, encode
from headcount.testing.chat_client import ChatClient, Wire
from headcount.testing.chat_database import ChatDatabase
from headcount.testing.network import Schedule

ACCEPT = 0.002
"""Seconds from a client's opening to the server's."""


class ChatServer:
    """One node, as long as it runs; a new hub after each start.

    Args:
        schedule: the virtual time.
        rng: draws ids.
        database: where logins and histories are.
        settings: the hub's.
    """

    def __init__(
        self, schedule: Schedule, rng: random.Random, database: ChatDatabase, settings: Settings
    ) -> None:
        self.schedule = schedule
        self.rng = rng
        self.database = database
        self.settings = settings
        self.wires: dict[str, Wire] = {}
        self.channels: dict[x.Channel, dict[str, Wire]] = {}
        self.fired: Counter[str] = Counter()
        self.running = False
        self.stopping = False
        self.stalled_until = 0.0
        self.began = 0.0
        self.handled: Callable[[n.Input], None] = lambda *_: None
        self.sends: Callable[[Wire, x.Send | x.Broadcast], None] = lambda *_: None
        self.closes: Callable[[Wire, x.Disconnect], None] = lambda *_: None
        self.asked: Callable[[x.Effect], None] = lambda *_: None
        self.draw_id: Callable[[], str] = lambda: f"{self.rng.getrandbits(64):016x}"
        self._inbox: list[n.Input] = []
        self._life = 0
        self._listening = False
        self._planned: float | None = None

    # --- its life ----------------------------------------------------------------------------

    def start(self) -> None:
        """Start: a new hub, which knows nobody."""
        self.hub = Hub(self.settings, random.Random(self.rng.getrandbits(64)))
        self.running, self.stopping, self._listening = True, False, False
        self.began = self.schedule.now
        self._life += 1
        self._planned = None
        self.feed(n.Tick())

    def kill(self) -> None:
        """Die: every socket is closed, and nothing else is done."""
        self.running = False
        self._inbox.clear()
        for wire in list(self.wires.values()):
            self._close(wire)
        self.channels.clear()

    def stop(self) -> None:
        """Stop in good order."""
        self.stopping = True
        self.feed(n.Stopping())

    def stall(self, seconds: float) -> None:
        """Stand still; what comes meanwhile waits."""
        self.stalled_until = max(self.stalled_until, self.schedule.now + seconds)
        self.schedule.at(self.stalled_until, self._resume)

    @property
    def stalled(self) -> bool:
        """Whether it stands still."""
        return self.schedule.now < self.stalled_until

    # --- what comes --------------------------------------------------------------------------

    def connect(self, client: ChatClient) -> Wire | None:
        """Open a wire for a client, unless nobody listens."""
        if not self.running or not self._listening:
            return None
        wire = Wire(self.draw_id(), client, self.schedule.now)
        wire.up_free = self.schedule.now + ACCEPT
        self.schedule.at(wire.up_free, lambda: self._accept(wire))
        return wire

    def arrive(self, wire: Wire, payload: str | None) -> None:
        """Take what a client sends, or its closing."""
        if not wire.at_server or wire.id not in self.wires:
            return
        if payload is None:
            self._forget(wire)
            self.feed(n.Closed(wire.id))
        else:
            self.feed(n.Received(wire.id, decode(payload)))

    def feed(self, event: n.Input) -> None:
        """Give the hub an input, now or when it stands still no more."""
        if not self.running:
            return
        if self.stalled:
            self._inbox.append(event)
            return
        effects = self.hub.handle(event, self.schedule.now)
        if isinstance(event, n.RoomLoaded):
            self._listening = True
        for effect in effects:
            self._perform(effect)
        self.handled(event)
        self._wake()

    def _accept(self, wire: Wire) -> None:
        if not self.running or wire.silent:
            wire.client.deliver(wire, None)
            wire.at_server = False
            return
        self.wires[wire.id] = wire
        self.feed(n.Opened(wire.id, f"address of {wire.client.name.partition(' ')[0]}", "fr", ""))

    def _resume(self) -> None:
        if self.stalled or not self.running:
            return
        inbox, self._inbox = self._inbox, []
        for event in inbox:
            self.feed(event)
        self.feed(n.Tick())

    def _wake(self) -> None:
        """Let a tick come when the hub wants one."""
        wanted = self.hub.next_deadline() if self.running else None
        if wanted is None or (self._planned is not None and self._planned <= wanted):
            return
        self._planned, life = wanted, self._life

        def tick() -> None:
            if self._life == life and self._planned == wanted:
                self._planned = None
                if self.running and not self.stalled:
                    self.feed(n.Tick())

        self.schedule.at(max(wanted, self.schedule.now), tick)

    # --- what goes ---------------------------------------------------------------------------

    def _perform(self, effect: x.Effect) -> None:
        match effect:
            case x.Send():
                wire = self.wires.get(effect.connection)
                if wire is not None:
                    self.sends(wire, effect)
                    wire.client.deliver(wire, encode(effect.frame))
            case x.Broadcast():
                self._broadcast(effect)
            case x.Subscribe():
                wire = self.wires.get(effect.connection)
                if wire is not None:
                    self.channels.setdefault(effect.channel, {})[wire.id] = wire
            case x.Unsubscribe():
                self.channels.get(effect.channel, {}).pop(effect.connection, None)
            case x.Disconnect():
                self._disconnect(effect)
            case x.Probe():
                self._ping(effect.connection)
            case x.Count():
                self.fired[effect.metric] += effect.amount
            case x.Stopped():
                self.kill()
            case _:
                self._ask(effect)

    def _ask(self, effect: x.Effect) -> None:
        life = self._life
        self.asked(effect)

        def answer(event: n.Input) -> None:
            if self._life == life:
                self.feed(event)

        self.database.ask(effect, answer)

    def _broadcast(self, effect: x.Broadcast) -> None:
        payload = encode(effect.frame)
        for name, wire in list(self.channels.get(effect.channel, {}).items()):
            if name != effect.without:
                self.sends(wire, effect)
                wire.client.deliver(wire, payload)

    def _disconnect(self, effect: x.Disconnect) -> None:
        wire = self.wires.get(effect.connection)
        if wire is not None:
            self.closes(wire, effect)
            self._close(wire)

    def _ping(self, name: str) -> None:
        wire, life = self.wires.get(name), self._life

        def pong() -> None:
            if self._life == life and wire is not None and wire.at_server:
                self.feed(n.Alive(name))

        if wire is not None:
            wire.client.answer_ping(wire, pong)

    def _close(self, wire: Wire) -> None:
        self._forget(wire)
        wire.client.deliver(wire, None)

    def _forget(self, wire: Wire) -> None:
        wire.at_server = False
        if self.wires.get(wire.id) is wire:
            del self.wires[wire.id]
        for members in self.channels.values():
            if members.get(wire.id) is wire:
                del members[wire.id]
