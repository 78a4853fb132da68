"""The loop around a machine of this package: a connection of its own, a timer, their messages.

The connection is not the session's: a topic with a space in it cuts a connection on some
brokers, and that must not touch a seat.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from headcount import clock
from headcount.errors import NoBrokerError
from headcount.links.link import Connection, Connector, Will
from headcount.links.reconnect import connect_again
from headcount.sge.protocol import spaces, wire
from headcount.sge.protocol.wire import Heard, Publish

STALL = 1.0
"""A tick that is later than this, in seconds, comes after a stall: nobody was heard meanwhile."""
CUT_WITHIN = 5.0
"""A connection that ends so soon after a topic with a space, in seconds, was cut for it perhaps."""

_log = logging.getLogger("headcount.sge")

Effect = TypeVar("Effect")
Effect_co = TypeVar("Effect_co", covariant=True)


class Machine(Protocol[Effect_co]):
    """What is driven: it takes messages and time, and returns what is to be done."""

    def heard(self, message: Heard, now: float, utc: float) -> Sequence[Effect_co | Publish]:
        """Take a message."""

    def tick(self, now: float, utc: float) -> Sequence[Effect_co | Publish]:
        """Do what is due."""

    def next_deadline(self) -> float | None:
        """Return when something is due."""

    def connected(self, now: float, utc: float) -> Sequence[Effect_co | Publish]:
        """Begin to hear: for the first time, after a loss, or after a stall of this process."""

    def lost(self, now: float) -> None:
        """Hear nothing until `connected`."""


class Driver(Generic[Effect]):
    """One machine on one connection, which is made again whenever it is lost.

    Args:
        connector: makes the connections.
        filters: what is listened to.
        machine: what decides.
        perform: called with every effect that is no message.
        will: makes what the broker publishes if this process is killed.
    """

    def __init__(
        self,
        connector: Connector,
        filters: Sequence[str],
        machine: Machine[Effect],
        perform: Callable[[Effect], None],
        will: Callable[[], Will | None] = lambda: None,
    ) -> None:
        self.trouble: str | None = None
        """What cannot be told on this broker, and what to do, in a sentence; None if all can."""
        self.troubled: Callable[[], None] = lambda: None
        """Called when there is such trouble."""
        self._connector = connector
        self._filters = filters
        self._machine = machine
        self._perform = perform
        self._will = will
        self._rng = random.Random()
        self._connection: Connection | None = None
        self._reconnecting: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self._due = float("inf")
        self._spaced: tuple[str, float] | None = None
        self._suspect: str | None = None

    async def start(self) -> None:
        """Connect, subscribe and begin.

        Raises:
            NoBrokerError: no address could be used.
        """
        await self._connect()

    async def stop(self) -> None:
        """Say what was still to be said, and disconnect."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.wait([self._reconnecting])
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def do(self, effects: Sequence[Effect | Publish]) -> None:
        """Perform what the machine asks for, and look when it wants to be asked again."""
        for effect in effects:
            if not isinstance(effect, Publish):
                self._perform(effect)
            elif self._connection is not None:
                self._publish(self._connection, effect)
        self._schedule()

    def _publish(self, connection: Connection, message: Publish) -> None:
        if spaces.are_in(message.topic):
            if self.trouble is not None:
                return
            self._spaced = message.topic, clock.monotonic() + CUT_WITHIN
        connection.publish(message.topic, message.payload, retain=message.retain)

    # --- what comes in -----------------------------------------------------------------------

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a message from the connection."""
        heard = wire.read(topic, payload, retained)
        if heard is not None and not self._stopped:
            self.do(self._machine.heard(heard, *self.now()))

    def connection_lost(self, reason: str) -> None:
        """Connect again."""
        self._connection = None
        spaced, self._spaced = self._spaced, None
        if spaced is not None and clock.monotonic() < spaced[1]:
            self._suspect = spaced[0]
        if not self._stopped:
            self._machine.lost(clock.monotonic())
            _log.info("the connection for existing instances was lost: %s", reason)
            trying = connect_again(
                self._connect, self._not_connected, now=clock.monotonic, random=self._rng
            )
            self._reconnecting = asyncio.get_running_loop().create_task(trying)

    @staticmethod
    def now() -> tuple[float, float]:
        """Return the monotonic time and the time since the epoch, in seconds."""
        return clock.monotonic(), time.time()

    # --- inside ------------------------------------------------------------------------------

    def _schedule(self) -> None:
        deadline = self._machine.next_deadline()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if deadline is not None and not self._stopped:
            now = clock.monotonic()
            self._due = max(deadline, now)
            wait = self._due - now
            self._timer = asyncio.get_running_loop().call_later(wait, self._fire)

    def _fire(self) -> None:
        self._timer = None
        now, utc = self.now()
        if now > self._due + STALL and self._connection is not None:
            self.do(self._machine.connected(now, utc))
        else:
            self.do(self._machine.tick(now, utc))

    async def _connect(self) -> None:
        await self._look_for_trouble()
        mqtt_id = f"sge-{secrets.token_hex(8)}"
        self._connection = await self._connector.connect(mqtt_id, self._will(), self)
        self._connection.subscribe(self._filters)
        self.do(self._machine.connected(*self.now()))

    async def _look_for_trouble(self) -> None:
        """Find out whether it was a topic with a space that ended the last connection."""
        if self._suspect is None or self.trouble is not None:
            return
        if not await spaces.are_taken(self._connector):
            self.trouble = spaces.trouble(self._suspect)
            _log.warning("%s", self.trouble)
            self.troubled()
        self._suspect = None

    def _not_connected(self, failure: Exception) -> None:
        if isinstance(failure, NoBrokerError):
            _log.info("not connected: %s", failure)
        else:
            _log.error("connecting failed in an unforeseen way", exc_info=failure)
