"""Existing SGE instances in a session of ours: each has a seat that is held for it here.

The host's process runs one bridge. Whoever joins the old way becomes a member under its own
client id, on a connection of its own that lives as long as the instance is heard: so it is
counted, judged and removed by the same rules as everybody else.
"""

from __future__ import annotations

import asyncio
import logging

from headcount.connection import Broker
from headcount.core.messages import Code
from headcount.core.topics import is_id
from headcount.errors import HeadcountError, RequestRefusedError
from headcount.exchange import Exchange
from headcount.links.link import Connector
from headcount.session import Session
from headcount.sge import wire
from headcount.sge.driver import Driver
from headcount.sge.mirror import Effect, Mirror, Seat, Unseat

TRIES = 5
LAST_WORDS = 0.5
"""Seconds to let the last messages leave."""

_log = logging.getLogger("headcount.sge")


class Bridge:
    """Between one session hosted here and the existing instances on its broker.

    Args:
        connector: makes connections to that broker.
        session: entered, and hosted by this process.
    """

    def __init__(self, connector: Connector, session: Session) -> None:
        self._connector = connector
        self._session = session
        self._mirror = Mirror(session.client_id)
        self._driver: Driver[Effect] = Driver(
            connector, wire.filters(session.id), self._mirror, self._perform
        )
        self._following: asyncio.Task[None] | None = None
        self._seats: dict[str, asyncio.Task[None]] = {}

    @property
    def guests(self) -> list[str]:
        """The existing instances that are there."""
        return self._mirror.guests

    async def start(self) -> None:
        """Begin to show the session to them."""
        await self._driver.start()
        self._following = asyncio.create_task(self._follow(), name="headcount-sge-bridge")

    async def stop(self) -> None:
        """Give all their seats up and end. After the session's end nothing of it is left."""
        if self._following is not None:
            if self._session.closed_reason is None:
                self._following.cancel()
            await asyncio.wait([self._following], timeout=LAST_WORDS)
            self._following.cancel()
        for seat in self._seats.values():
            seat.cancel()
        if self._seats:
            await asyncio.wait(self._seats.values())
        await self._driver.stop()

    async def _follow(self) -> None:
        async for state in self._session.watch():
            self._driver.do(self._mirror.show(state, *self._driver.now()))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Seat() if effect.client_id not in self._seats:
                task = asyncio.create_task(self._hold(effect.client_id))
                self._seats[effect.client_id] = task
                task.add_done_callback(lambda _: self._seats.pop(effect.client_id, None))
            case Unseat():
                seat = self._seats.get(effect.client_id)
                if seat is not None:
                    seat.cancel()
            case _:
                pass

    async def _seated(self, own: Broker) -> Session:
        """Take the seat; our own host is there, however busy this machine is just now."""
        for left in reversed(range(TRIES)):
            session = own.join(self._session.id)
            try:
                return await session.__aenter__()
            except RequestRefusedError as refused:
                if refused.code not in (Code.NOT_FOUND, Code.TIMEOUT) or not left:
                    raise
        raise AssertionError("the last try raises")

    async def _hold(self, client_id: str) -> None:
        """Be a member in an existing instance's name until it goes."""
        try:
            if not is_id(client_id):
                raise HeadcountError(f"{client_id!r} cannot be a client id")
            async with Broker(Exchange(self._connector, client_id, ""), client_id) as own:
                session = await self._seated(own)
                async for _ in session.watch():
                    pass
        except HeadcountError as error:
            _log.warning("no seat for the instance %.64s: %s", client_id, error)
        self._mirror.refused(client_id, self._driver.now()[0])
        self._driver.do([])
