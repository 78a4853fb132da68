"""One's part in a session that an existing SGE instance created, on a connection of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping

from headcount import clock
from headcount.core.messages import Code
from headcount.errors import BadInputError, RequestRefusedError, SessionEndedError
from headcount.links.link import Connector, Will
from headcount.sge.driver import Driver
from headcount.sge.protocol import spaces, wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.visiting.claiming import Answered
from headcount.sge.visiting.guest import Changed, Effect, Ended, Guest, Seeded, Started

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
            connector, wire.filters(session_id), self._guest, self._perform, self._will
        )
        self._connector = connector
        self._driver.troubled = self._troubled
        self._entered: asyncio.Future[None] | None = None
        self._claim: asyncio.Future[None] | None = None

    @property
    def roles(self) -> Mapping[str, str]:
        """Who has each role: the client id that reserved it, which is new from their launch on."""
        return self._guest.claiming.roles

    @property
    def role(self) -> str | None:
        """One's own role, or None."""
        return self._guest.claiming.own

    @property
    def all_selected(self) -> bool:
        """Whether everybody is said to have a role: waiting dialogs close."""
        return self._guest.claiming.all_selected

    @property
    def trouble(self) -> str | None:
        """What cannot be told on this broker, and what to do, in a sentence; None if all can."""
        return self._driver.trouble

    async def enter(self) -> None:
        """Join.

        Raises:
            RequestRefusedError: there is no such session, it has started, or it is full.
            NoBrokerError: no address could be used.
            BadInputError: the id holds a space, and the broker takes none.
        """
        if spaces.are_in(self.session_id) and not await spaces.are_taken(self._connector):
            raise BadInputError(spaces.trouble(self.session_id))
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

    async def claim_role(self, role: str) -> None:
        """Take a role, giving up the one that one has. Once one has it the others know.

        Raises:
            RequestRefusedError: somebody else has it.
            BadInputError: its name cannot travel on this broker, or another claim is under way.
            SessionEndedError: the session is over.
        """
        if spaces.misfits([role], spaces=self.trouble is None):
            raise BadInputError(self.trouble or f"a role has no / + #, not {role!r}")
        if self.closed_reason is not None:
            raise SessionEndedError(self.closed_reason)
        if self._claim is not None:
            raise BadInputError("claim one role after the other")
        self._claim = asyncio.get_running_loop().create_future()
        try:
            self._driver.do(self._guest.claiming.claim(role, *self._driver.now()))
            await self._claim
        finally:
            self._claim = None

    async def release_role(self) -> None:
        """Give up the role that one has, if any."""
        self._driver.do(self._guest.claiming.release(self._driver.now()[1]))

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
                self._answer(SessionEndedError(effect.reason))
            case Answered():
                self._answer(_refusal(effect))
            case _:
                pass
        self.changed()

    def _answer(self, refusal: Exception | None) -> None:
        if self._claim is None or self._claim.done():
            return
        if refusal is None:
            self._claim.set_result(None)
        else:
            self._claim.set_exception(refusal)

    def _troubled(self) -> None:
        self._answer(BadInputError(self._driver.trouble or ""))
        self.changed()

    def _will(self) -> Will | None:
        """Return the goodbye that the broker says if this process is killed."""
        utc = self._driver.now()[1]
        goodbye = wire.disconnect(self.session_id, self._client_id, None, utc)
        return Will(goodbye.topic, goodbye.payload)

    def _settle(self, refusal: RequestRefusedError | None) -> None:
        if self._entered is None or self._entered.done():
            return
        if refusal is None:
            self._entered.set_result(None)
        else:
            self._entered.set_exception(refusal)


def _refusal(answered: Answered) -> RequestRefusedError | None:
    if answered.outcome == "ACCEPTED":
        return None
    if answered.outcome == "TIMEOUT":
        return RequestRefusedError(Code.TIMEOUT, "the broker does not answer; try again")
    return RequestRefusedError(Code.ROLE_TAKEN, f"{answered.role!r} is taken; choose another role")
