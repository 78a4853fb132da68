"""A simulated application instance: the real machine, with a process and a link that can fail."""

from __future__ import annotations

import random
from collections.abc import Callable

from headcount.core import events as e
from headcount.core.client import Client
from headcount.core.messages import Heartbeat
from headcount.testing.network import Connection, Network, Schedule

FIRST_TRY = 0.3
LATER_TRY = 1.0
MOST_TICKS = 50
"""Ticks at one moment after which a machine is caught in a busy loop."""
NEVER = float("inf")


class Instance:
    """One process: its machine, its clocks, its connection.

    Args:
        name: its client id.
        schedule: the virtual time.
        network: the broker.
        rng: draws its jitter and its clocks.
        told: called with every notice.
    """

    clock_stops = False
    """Whether its clock stands still while its process does, as a wrong choice of clock would."""

    def __init__(
        self,
        name: str,
        schedule: Schedule,
        network: Network,
        rng: random.Random,
        told: Callable[[Instance, e.Notice], None],
    ) -> None:
        self.name = name
        self.schedule = schedule
        self.network = network
        self.rng = rng
        self.told = told
        self.alive = True
        self.stalled_until = 0.0
        self.suspended = 0.0
        self.skew = rng.uniform(-3600.0, 3600.0)
        self.offset = rng.uniform(0.0, 1e6)
        self.counted: dict[str, int] = {}
        self.client = Client(name, f"{rng.getrandbits(48):012x}", random.Random(rng.random()))
        self.connection: Connection | None = None
        self.sent: Callable[[Instance, e.Send], None] = lambda *_: None
        self.heard_itself: Callable[[Instance, Heartbeat], None] = lambda *_: None
        self._spins, self._ticked_at = 0, -1.0
        self._inbox: list[e.Input] = []
        self._wakes_at = NEVER
        self._unreachable_until = 0.0

    # --- what the world does -----------------------------------------------------------------

    def start(self) -> None:
        """Connect for the first time."""
        self._connect()

    def do(self, wish: e.Input) -> None:
        """Let the application ask for something, unless its process is dead or stands still."""
        if self.alive and not self.stalled:
            self._handle(wish)

    def kill(self, *, will: bool) -> None:
        """End the process at once."""
        self.alive = False
        connection, self.connection = self.connection, None
        if connection is not None:
            self.network.close(connection, will=will)

    def stall(self, seconds: float) -> None:
        """Stop the process for a while; the broker may give its connection up meanwhile."""
        self.network.fired["stalls"] += 1
        before = max(self.stalled_until, self.schedule.now)
        self.stalled_until = max(before, self.schedule.now + seconds)
        if self.clock_stops:
            self.suspended += self.stalled_until - before
        if self.connection is not None:
            self.network.expect_silence(self.connection, seconds)
        self.schedule.at(self.stalled_until, self._resume)

    def cut(self, seconds: float, *, noticed: bool) -> None:
        """Cut the network off; `noticed` tells whether both sides see the connection break."""
        self._unreachable_until = max(self._unreachable_until, self.schedule.now + seconds)
        if self.connection is None:
            return
        if noticed:
            self.network.break_off(self.connection)
        else:
            self.network.silence(self.connection, seconds)

    def roam(self) -> None:
        """Change networks: connect anew while the broker still holds the old connection."""
        connection = self.connection
        if connection is not None and not self.stalled:
            self.network.abandon(connection)
            self._lost(connection)

    @property
    def stalled(self) -> bool:
        """Whether the process is not running just now."""
        return self.schedule.now < self.stalled_until

    @property
    def now(self) -> float:
        """The machine's own clock, in seconds."""
        return self.schedule.now + self.offset - self.suspended

    # --- the loop ----------------------------------------------------------------------------

    def _take(self, event: e.Input) -> None:
        if not self.alive:
            return
        if self.stalled:
            self._inbox.append(event)
        else:
            self._handle(event)

    def _resume(self) -> None:
        if not self.alive or self.stalled:
            return
        inbox, self._inbox = self._inbox, []
        for event in inbox:
            self._handle(event)
        self._wake()

    def _handle(self, event: e.Input) -> None:
        utc = 1.8e9 + self.schedule.now + self.skew
        body = event.body if isinstance(event, e.MessageReceived) else None
        if isinstance(body, Heartbeat) and body.incarnation.nonce == self.client.context.nonce:
            self.heard_itself(self, body)
        for effect in self.client.handle(event, self.now, utc):
            self._perform(effect)
        self._plan()

    def _plan(self) -> None:
        deadline = self.client.next_deadline()
        if deadline is None or not self.alive:
            return
        # A hair late, as timers are: a deadline must have come when it is looked at.
        when = max(self.schedule.now, deadline - self.offset + self.suspended) + 1e-6
        if when < self._wakes_at:
            self._wakes_at = when
            self.schedule.at(when, self._wake)

    def _wake(self) -> None:
        if not self.alive or self.stalled:
            self._wakes_at = NEVER
            return
        if self.schedule.now < self._wakes_at and self._wakes_at is not NEVER:
            return
        self._wakes_at = NEVER
        deadline = self.client.next_deadline()
        if deadline is not None and deadline <= self.now:
            self._spins = self._spins + 1 if self.now == self._ticked_at else 0
            self._ticked_at = self.now
            if self._spins > MOST_TICKS:
                raise RuntimeError(f"{self.name} ticks without end at {self.schedule.now:.3f}")
            self._handle(e.Tick())
        else:
            self._plan()

    def _perform(self, effect: e.Effect) -> None:
        connection = self.connection
        match effect:
            case e.Send() if connection is not None:
                self.sent(self, effect)
                self.network.send(connection, effect.topic, effect.body, effect.retain)
            case e.Subscribe() if connection is not None:
                self.network.subscribe(connection, effect.filters)
            case e.Unsubscribe() if connection is not None:
                self.network.unsubscribe(connection, effect.filters)
            case e.DropLink() if connection is not None:
                self.network.fired["links given up"] += 1
                self.network.close(connection, will=True)
                self._lost(connection)
            case e.Notify():
                self.told(self, effect.notice)
            case e.Count():
                self.counted[effect.metric] = self.counted.get(effect.metric, 0) + effect.amount
            case _:
                pass

    # --- the link ----------------------------------------------------------------------------

    def _connect(self) -> None:
        if not self.alive:
            return
        if self.stalled:
            self.schedule.at(self.stalled_until, self._connect)
            return
        connection = None
        if self.schedule.now >= self._unreachable_until:
            connection = self.network.connect(
                self.name, self.client.upcoming, self._deliver, self._broken
            )
        if connection is None:
            self._take(e.LinkDown(refused=True))
            self._try_again(LATER_TRY)
            return
        self.connection = connection
        self._take(e.LinkUp())

    def _try_again(self, within: float) -> None:
        self.schedule.at(self.schedule.now + self.rng.uniform(0.05, within), self._connect)

    def _deliver(self, message: e.MessageReceived) -> None:
        self._take(message)

    def _broken(self) -> None:
        if self.connection is not None:
            self._lost(self.connection)

    def _lost(self, connection: Connection) -> None:
        if connection is self.connection:
            self.connection = None
            self._take(e.LinkDown())
            self._try_again(FIRST_TRY)
