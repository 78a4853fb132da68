"""Existing SGE instances in a session of ours: each has a seat that is held for it here.

The host's process runs one bridge. Whoever joins the old way becomes a member under its own
client id, on a connection of its own that lives as long as the instance is heard: so it is
counted, judged and removed by the same rules as everybody else, and takes roles as they do.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from headcount.links.link import Connector
from headcount.session import Session
from headcount.sge.driver import Driver
from headcount.sge.hosting.casting import Claim
from headcount.sge.hosting.mirror import Effect, Mirror, Seat, Unseat
from headcount.sge.hosting.stand_in import StandIn
from headcount.sge.protocol import wire

LAST_WORDS = 0.5
"""Seconds to let the last messages leave."""


class _Chair(NamedTuple):
    """One's seat, and the task that holds it."""

    stand_in: StandIn
    task: asyncio.Task[None]


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
        self._chairs: dict[str, _Chair] = {}

    @property
    def guests(self) -> list[str]:
        """The existing instances that are there."""
        return self._mirror.guests

    @property
    def trouble(self) -> str | None:
        """What keeps existing instances from seeing all of the session, in a sentence, or None."""
        return self._driver.trouble

    async def start(self) -> None:
        """Begin to show the session to them."""
        # What is retained comes at once, and means something only to one who knows the session.
        shown = self._mirror.show(self._session.state, *self._driver.now())
        await self._driver.start()
        self._driver.do(shown)
        self._following = asyncio.create_task(self._follow(), name="headcount-sge-bridge")

    async def stop(self) -> None:
        """End. After the session's end nothing is left of it; else another host may go on."""
        if self._following is not None:
            if self._session.closed_reason is None:
                self._following.cancel()
            await asyncio.wait([self._following], timeout=LAST_WORDS)
            self._following.cancel()
        tasks = [chair.task for chair in self._chairs.values()]
        for client_id in list(self._chairs):
            self._unseat(client_id, vanishes=True)
        if tasks:
            await asyncio.wait(tasks)
        await self._driver.stop()

    async def _follow(self) -> None:
        async for state in self._session.watch():
            self._driver.do(self._mirror.show(state, *self._driver.now()))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Seat():
                self._seat(effect.client_id)
            case Unseat():
                self._unseat(effect.client_id, vanishes=effect.silent)
            case Claim() if effect.client_id in self._chairs:
                self._chairs[effect.client_id].stand_in.wish(effect.role)
            case _:
                pass

    def _seat(self, client_id: str) -> None:
        stand_in = StandIn(
            self._connector, self._session, client_id, lambda: self._claim_refused(client_id)
        )
        before = self._chairs.get(client_id)
        task = asyncio.create_task(self._hold(client_id, stand_in, before))
        self._chairs[client_id] = _Chair(stand_in, task)

    def _unseat(self, client_id: str, *, vanishes: bool) -> None:
        chair = self._chairs.get(client_id)
        if chair is not None:
            if vanishes:
                chair.stand_in.vanish()
            chair.task.cancel()

    async def _hold(self, client_id: str, stand_in: StandIn, before: _Chair | None) -> None:
        """Hold a seat, after whoever held it before has got up."""
        try:
            if before is not None:
                await asyncio.wait([before.task])
            await stand_in.sit()
        finally:
            chair = self._chairs.get(client_id)
            if chair is not None and chair.stand_in is stand_in:
                del self._chairs[client_id]
        self._mirror.refused(client_id, self._driver.now()[0])
        self._driver.do([])

    def _claim_refused(self, client_id: str) -> None:
        self._driver.do(self._mirror.claim_refused(client_id, *self._driver.now()))
