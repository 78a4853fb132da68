"""One's part in a session that an existing SGE instance created, on a connection of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from headcount import clock
from headcount.core.messages import Code
from headcount.errors import RequestRefusedError
from headcount.links.link import Connector
from headcount.sge import wire
from headcount.sge.driver import Driver
from headcount.sge.guest import Changed, Effect, Ended, Guest, Seeded, Started
from headcount.sge.session import SGDistributedSession

_REFUSALS = {"NOT_FOUND": Code.NOT_FOUND, "STARTED": Code.STARTED, "FULL": Code.FULL}
_WHY = {
    "NOT_FOUND": "there is no live session {!r}",
    "STARTED": "the session {!r} has started",
    "FULL": "all seats of the session {!r} are taken",
}


class Visit:
    """One's part in such a session.

    Args:
        connector: makes a connection to the broker.
        session_id: the session's id.
        client_id: who one is.
    """

    def __init__(self, connector: Connector, session_id: str, client_id: str) -> None:
        self.session_id, self._client_id = session_id, client_id
        self.session: SGDistributedSession | None = None
        self.seed: int | None = None
        self.started = False
        self.closed_reason: str | None = None
        self.changed: Callable[[], None] = lambda: None
        """Called whenever one of these is another."""
        self._guest = Guest(session_id, client_id, clock.monotonic(), random.Random())
        self._driver: Driver[Effect] = Driver(
            connector, wire.filters(session_id), self._guest, self._perform
        )
        self._entered: asyncio.Future[None] | None = None

    async def enter(self) -> None:
        """Join.

        Raises:
            RequestRefusedError: there is no such session, it has started, or it is full.
            NoBrokerError: no address could be used.
        """
        self._entered = asyncio.get_running_loop().create_future()
        await self._driver.start()
        try:
            await self._entered
        except BaseException:
            await self._driver.stop()
            raise

    async def leave(self) -> None:
        """Leave, if it is not over, and disconnect."""
        self._driver.do(self._guest.leave(self._driver.now()[1]))
        await self._driver.stop()

    def lead(self, seed: int) -> None:
        """Tell a seed of one's own where nobody else tells one."""
        if self.seed is None:
            self.seed = self._guest.seed = seed
            told = wire.seed(self.session_id, self._client_id, seed, False, self._driver.now()[1])
            self._driver.do([told])
            self.changed()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Changed():
                self.session = effect.session
                self._settle(None)
            case Seeded():
                self.seed = effect.seed
            case Started():
                self.started = True
            case Ended(reason=reason) if reason in _REFUSALS:
                text = _WHY[reason].format(self.session_id)
                self._settle(RequestRefusedError(_REFUSALS[reason], text))
            case Ended():
                self.closed_reason = effect.reason
            case _:
                return
        self.changed()

    def _settle(self, refusal: RequestRefusedError | None) -> None:
        if self._entered is None or self._entered.done():
            return
        if refusal is None:
            self._entered.set_result(None)
        else:
            self._entered.set_exception(refusal)
