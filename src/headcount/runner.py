"""The only loop: link → decode → handle → perform.

A runner drives one `Client` over one broker. It owns what the machine must not have: the
clock, the timer, randomness, and the connection, which it makes anew whenever it is lost.
Messages are handled in the very call that brings them; there is no task or queue between.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable

from headcount import clock
from headcount.core import events as e
from headcount.core.client import Client
from headcount.core.codec import decode, encode
from headcount.core.messages import Presence
from headcount.core.topics import Kind, Topic
from headcount.errors import BrokerRefusedError, NoBrokerError
from headcount.links.link import Connection, Connector, Will
from headcount.links.reconnect import connect_again

LATE = 0.1
"""Seconds after which a timer counts as late: what waits in the sockets is read first."""
QUIET_ROUNDS = 2
"""Turns of the event loop without a message after which nothing waits: one polls, one reads."""
MOST_ROUNDS = 1000
"""Turns after which a late tick is done though messages still come."""
AFTER_ERROR = 1.0
"""Seconds until the next tick after one that raised, so that a fault does not spin."""

_log = logging.getLogger("headcount")


class _Line:
    """One connection's receiver: what an earlier connection still brings is not heard."""

    __slots__ = ("_runner", "lost")

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.lost: str | None = None

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        self._runner._received(self, topic, payload, retained)

    def connection_lost(self, reason: str) -> None:
        self.lost = reason
        self._runner._lost(self)


class Runner:
    """One client on one broker, from `start` to `stop`.

    All calls come from the thread of the event loop that `start` was awaited on.

    Args:
        connector: makes the connections.
        client_id: who this is, to everyone.
        listener: called with every notice, and with `LinkChanged` when the connection is lost
            or restored; it must not call the runner back.
        root: the prefix below which all topics are.
        rng: draws jitter.
        now: seconds on a clock that goes on during suspend.
        utc: seconds since the epoch.
    """

    def __init__(
        self,
        connector: Connector,
        client_id: str,
        listener: Callable[[e.Notice], None],
        *,
        root: str = "",
        rng: random.Random | None = None,
        now: Callable[[], float] = clock.monotonic,
        utc: Callable[[], float] = time.time,
    ) -> None:
        self.nonce = secrets.token_hex(8)
        self.client = Client(client_id, self.nonce, rng or random.Random())
        self.counters: Counter[str] = Counter()
        """What was counted so far, by metric."""
        self.address = ""
        """The broker's address that answered last, without a password."""
        self._connector = connector
        self._listener = listener
        self._root = root
        self._rng = rng or random.Random()
        self._now, self._utc = now, utc
        self._presence = Topic(Kind.PRESENCE, None, client_id).text(root)
        self._mqtt_id = f"{client_id}-{self.nonce}"
        self._line: _Line | None = None
        self._connection: Connection | None = None
        self._reconnecting: asyncio.Task[None] | None = None
        self._deaf = False
        self._told_up = True
        self._stopped = False
        self._messages = 0
        self._timer: asyncio.Handle | None = None
        self._fires_at = 0.0
        self._loop: asyncio.AbstractEventLoop

    # --- for those who drive it --------------------------------------------------------------

    @property
    def up(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    @property
    def dropped(self) -> int:
        """How many messages were not sent because too much was waiting already."""
        waiting = self._connection
        return self.counters["outbound_dropped"] + (0 if waiting is None else waiting.dropped)

    async def start(self) -> None:
        """Connect for the first time.

        Raises:
            NoBrokerError: no address could be used.
        """
        self._loop = asyncio.get_running_loop()
        await self._connect()

    def tell(self, event: e.Input) -> None:
        """Hand an input to the machine and perform what it asks for.

        Raises:
            BadInputError: the application asked for what cannot be done; nothing has changed.
        """
        for effect in self.client.handle(event, self._now(), self._utc()):
            self._perform(effect)
        self._schedule()
        if self._deaf:
            self._deaf = False
            self._give_up_link()

    async def stop(self, *, goodbye: bool = True) -> None:
        """Disconnect and stop. Doing it twice changes nothing.

        Args:
            goodbye: whether the broker keeps the will to itself; without a goodbye everybody
                learns at once that this client is gone.
        """
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.wait([self._reconnecting])
        connection, self._connection, self._line = self._connection, None, None
        if connection is None:
            return
        self.counters["outbound_dropped"] += connection.dropped
        if goodbye:
            await connection.close()
        else:
            connection.abort()

    # --- what comes in -----------------------------------------------------------------------

    def _received(self, line: _Line, topic: str, payload: bytes, retained: bool) -> None:
        if line is self._line:
            self._messages += 1
            self._take(decode(topic, payload, retained, self._root))

    def _take(self, event: e.Input) -> bool:
        """Handle what nobody waits for; a fault of the machine is told to the log, loudly."""
        try:
            self.tell(event)
        except Exception:
            self.counters["errors"] += 1
            _log.exception("%s could not be handled", type(event).__name__)
            return False
        return True

    def _perform(self, effect: e.Effect) -> None:
        connection = self._connection
        match effect:
            case e.Send() if connection is not None:
                topic, payload = effect.topic.text(self._root), encode(effect.body)
                connection.publish(topic, payload, retain=effect.retain, expiry=effect.expiry)
            case e.Notify():
                self._tell_listener(effect.notice)
            case e.Count():
                self.counters[effect.metric] += effect.amount
            case e.Subscribe() if connection is not None:
                connection.subscribe([topic.text(self._root) for topic in effect.filters])
            case e.Unsubscribe() if connection is not None:
                connection.unsubscribe([topic.text(self._root) for topic in effect.filters])
            case e.DropLink():
                self._deaf = True
            case _:
                pass  # there is no connection any more to send this on

    def _tell_listener(self, notice: e.Notice) -> None:
        if isinstance(notice, e.LinkChanged):
            # The connection and a host's authority are lost and restored at different times.
            if notice.up is self._told_up:
                return
            self._told_up = notice.up
        try:
            self._listener(notice)
        except Exception:
            self.counters["errors"] += 1
            _log.exception("%s could not be passed on", type(notice).__name__)

    # --- the timer ---------------------------------------------------------------------------

    def _schedule(self) -> None:
        """Let the timer fire by the machine's deadline; a later one is left to `_fire`."""
        deadline = self.client.next_deadline()
        if deadline is None or self._stopped:
            return
        if self._timer is not None:
            if self._fires_at <= deadline:
                return
            self._timer.cancel()
        self._fires_at = deadline
        self._timer = self._loop.call_later(max(0.0, deadline - self._now()), self._fire)

    def _fire(self) -> None:
        self._timer = None
        deadline, now = self.client.next_deadline(), self._now()
        if deadline is None:
            return
        if deadline > now:
            self._schedule()
        elif now - self._fires_at > LATE:
            self._read_first(self._messages, QUIET_ROUNDS, MOST_ROUNDS)
        else:
            self._tick()

    def _read_first(self, seen: int, quiet: int, rounds: int) -> None:
        """Tick only after what came while this process could not run (rule R1)."""
        quiet = QUIET_ROUNDS if seen != self._messages else quiet - 1
        if quiet < 0 or rounds == 0:
            self._timer = None
            self._tick()
            return
        self._timer = self._loop.call_soon(self._read_first, self._messages, quiet, rounds - 1)

    def _tick(self) -> None:
        if not self._take(e.Tick()) and not self._stopped:
            if self._timer is not None:
                self._timer.cancel()
            self._fires_at = self._now() + AFTER_ERROR
            self._timer = self._loop.call_later(AFTER_ERROR, self._fire)

    # --- the connection ----------------------------------------------------------------------

    async def _connect(self) -> None:
        line = _Line(self)
        will = Will(self._presence, encode(Presence("death", self.client.upcoming)))
        connection = await self._connector.connect(self._mqtt_id, will, line)
        if line.lost is not None:
            raise NoBrokerError(f"the connection was lost at once: {line.lost}")
        again = self.address != ""
        self._line, self._connection, self.address = line, connection, connection.address
        if again:
            _log.info("connected again to %s", self.address)
            self._tell_listener(e.LinkChanged(True))
        self._take(e.LinkUp(connection.expiry))

    def _lost(self, line: _Line) -> None:
        if line is not self._line or self._stopped:
            return
        _log.info("the connection to %s was lost: %s", self.address, line.lost)
        if self._connection is not None:
            self.counters["outbound_dropped"] += self._connection.dropped
        self._line = self._connection = None
        self._tell_listener(e.LinkChanged(False))
        self._take(e.LinkDown())
        trying = connect_again(self._connect, self._not_connected, now=self._now, random=self._rng)
        self._reconnecting = self._loop.create_task(trying, name="headcount-reconnect")

    def _give_up_link(self) -> None:
        """End a connection that brings nothing any more."""
        line, connection = self._line, self._connection
        if line is not None and connection is not None:
            connection.abort()
            line.lost = "nothing comes back on it"
            self._lost(line)

    def _not_connected(self, failure: Exception) -> None:
        if isinstance(failure, NoBrokerError):
            _log.info("not connected: %s", failure)
        else:
            self.counters["errors"] += 1
            _log.error("connecting failed in an unforeseen way", exc_info=failure)
        self._take(e.LinkDown(isinstance(failure, BrokerRefusedError)))
