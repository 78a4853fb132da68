"""The only loop around the hub: what happens goes in, what is asked for is done.

Everything runs in one thread. Inputs come from sockets, from the store, from the broker and
from the clock; effects are done at once, in their order.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.hub import Hub
from headcount.chat.hub.inputs import Language
from headcount.chat.server.backlogs import Backlogs
from headcount.chat.server.desk import Desk
from headcount.chat.server.fanout import Fanout
from headcount.chat.server.figures import Figures
from headcount.chat.server.frames import text_frame
from headcount.chat.server.names import RoomNames
from headcount.chat.server.settings import ServerSettings
from headcount.chat.server.times import iso_now
from headcount.chat.server.websocket import WebSocket
from headcount.chat.store import Store
from headcount.chat.store.throttle import network
from headcount.chat.wire.codec import decode, encode
from headcount.chat.wire.outgoing import MessageNew, Presence, UserCount
from headcount.clock import monotonic

_logger = logging.getLogger("headcount.chat")
_PATIENCE: Final = 3.0
"""Seconds for which leases being released are waited for at the end."""
_UNTIMED: Final = 0.0


class Present(NamedTuple):
    """One connection, as operators see it."""

    id: str
    name: str
    account: int | None
    room: str
    address: str
    opened_at: str
    seconds: float


class Runner:
    """One hub with its sockets and its store.

    Args:
        settings: what the operator chose.
        store: where everything is kept.
        clock: the time in seconds, going on while the machine sleeps.
    """

    def __init__(
        self, settings: ServerSettings, store: Store, clock: Callable[[], float] = monotonic
    ) -> None:
        self.hosts = settings.hosts
        self.origins = settings.origins
        self.proxies = settings.proxies
        self.longest_frame = settings.longest_frame
        self.backlogs = Backlogs(settings.longest_wait, settings.most_waiting, clock)
        self.hub = Hub(settings.hub, random.Random(secrets.randbits(128)))
        self.figures = Figures()
        self.names = RoomNames()
        self.stopped = asyncio.Event()
        """Set once the hub has closed everything."""
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._fanout = Fanout(self._loop.call_soon, self._flushed)
        self._desk = Desk(
            store,
            node=secrets.token_hex(8),
            shared=settings.hub.same_account == "allow",
            names=self.names,
            answer=self.handle,
        )
        self._sockets: dict[str, WebSocket] = {}
        self._opened: dict[str, tuple[str, str, float]] = {}
        self._open = True
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._asked: dict[int, float] = {}
        self._came: dict[tuple[str, int], float] = {}
        self._unwritten: list[float] = []
        self._performers = self._table()

    def logins_of(self, account: int) -> set[str]:
        """Return the logins of an account that are in use here."""
        return self._desk.logins_of(account)

    def listeners(self, *channels: x.Channel) -> int:
        """Return how many connections hear any of some channels."""
        return self._fanout.listeners(*channels)

    def present(self) -> list[Present]:
        """Return all connections, in the order in which they came."""
        now, found = self._clock(), []
        for id, (address, at, since) in self._opened.items():
            who = self.hub.who(id)
            if who is not None:
                found.append(Present(id, who.name, who.account, who.room, address, at, now - since))
        return found

    # --- what sockets say --------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether anybody is let in."""
        return self._open

    @property
    def transports(self) -> int:
        """How many sockets are open."""
        return len(self._sockets)

    def opened(self, socket: WebSocket, address: str, language: Language) -> str:
        """Take in a connection; return its id, which is random and never used again."""
        id, at = secrets.token_hex(12), iso_now()
        self._sockets[id] = socket
        self._opened[id] = (address, at, self._clock())
        self._fanout.open(id, socket)
        self.handle(n.Opened(id, network(address), language, at))
        return id

    def received(self, id: str, payload: bytes) -> None:
        """Take in what a client said."""
        self.handle(n.Received(id, decode(payload, self.longest_frame)))

    def alive(self, id: str) -> None:
        """Note a sign of life."""
        self.handle(n.Alive(id))

    def closed(self, id: str) -> None:
        """Note that a connection is gone."""
        self._forget(id)
        self.handle(n.Closed(id))

    def dropped(self) -> None:
        """Note that a client was cut off since it did not read."""
        self.figures.counts["dropped"] += 1

    # --- the machine -------------------------------------------------------------------------

    def handle(self, event: n.Input) -> None:
        """Tell the hub what happened, and do what it asks for."""
        now = self._clock()
        if isinstance(event, n.Stored):
            self._note(event, now)
        elif isinstance(event, n.NotStored):
            self._asked.pop(event.request, None)
        for effect in self.hub.handle(event, now):
            try:
                self._performers[type(effect)](effect)
            except Exception:  # the others must be done all the same
                self.figures.counts["errors"] += 1
                _logger.exception("a fault of this program: %s", type(effect).__name__)
        self._arm(now)

    async def stop(self) -> None:
        """Let nobody in, tell everybody to come back, and give all leases back."""
        self._open = False
        self.handle(n.Stopping())
        await self.stopped.wait()
        await self._desk.drain(_PATIENCE)
        if self._timer is not None:
            self._timer.cancel()

    # --- effects -----------------------------------------------------------------------------

    def _table(self) -> dict[type[x.Effect], Callable[[Any], None]]:
        desk = self._desk
        return {
            x.Send: self._send,
            x.Broadcast: self._broadcast,
            x.Subscribe: lambda e: self._fanout.subscribe(e.connection, e.channel),
            x.Unsubscribe: lambda e: self._fanout.unsubscribe(e.connection, e.channel),
            x.Disconnect: self._disconnect,
            x.Probe: self._probe,
            x.Identify: desk.identify,
            x.Attach: desk.attach,
            x.Renew: desk.renew,
            x.Release: desk.release,
            x.CheckName: desk.check_name,
            x.Store: self._store,
            x.Fetch: desk.fetch,
            x.LoadRoom: desk.load,
            x.Delete: desk.delete,
            x.Clear: desk.clear,
            x.Count: self._count,
            x.Stopped: lambda _: self.stopped.set(),
        }

    def _send(self, effect: x.Send) -> None:
        self._fanout.send(effect.connection, text_frame(encode(effect.frame)))

    def _broadcast(self, effect: x.Broadcast) -> None:
        frame = effect.frame
        if isinstance(frame, MessageNew):
            came = self._came.pop((effect.channel.room, frame.data.id), _UNTIMED)
            if came:
                self._unwritten.append(came)
        elif isinstance(frame, UserCount | Presence):
            self.figures.told[effect.channel.room] = frame.count
        self._fanout.broadcast(effect.channel, text_frame(encode(frame)), effect.without)

    def _disconnect(self, effect: x.Disconnect) -> None:
        socket = self._sockets.get(effect.connection)
        rest = self._forget(effect.connection)
        if socket is not None:
            if rest:
                socket.write(rest)
            socket.close(effect.code, effect.reason)

    def _probe(self, effect: x.Probe) -> None:
        socket = self._sockets.get(effect.connection)
        if socket is not None:
            socket.ping()

    def _store(self, effect: x.Store) -> None:
        self._asked[effect.request] = self._clock()
        self._desk.store(effect)

    def _count(self, effect: x.Count) -> None:
        self.figures.counts[effect.metric] += effect.amount

    # --- inside ------------------------------------------------------------------------------

    def _forget(self, id: str) -> bytes:
        self._sockets.pop(id, None)
        self._opened.pop(id, None)
        return self._fanout.close(id)

    def _note(self, event: n.Stored, now: float) -> None:
        """Remember when a message came in, until it is written to its room."""
        came = now if event.request is None else self._asked.pop(event.request, now)
        self._came[event.room, event.message.number] = came
        if len(self._came) > 2 * self.hub.connections + 10_000:
            self._came.clear()  # rooms in which nobody is told anything

    def _flushed(self) -> None:
        if self._unwritten:
            now = self._clock()
            for came in self._unwritten:
                self.figures.delivered(now - came, now)
            self._unwritten.clear()

    def _arm(self, now: float) -> None:
        """Have the hub called again when it wants to be."""
        due = self.hub.next_deadline()
        if due is None or (self._timer is not None and self._due <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_later(max(0.0, due - now), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.handle(n.Tick())
