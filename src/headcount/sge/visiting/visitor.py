"""A session that an existing SGE instance created, with the methods of `headcount.Session`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence

from headcount.core import events as e
from headcount.core.messages import AnyAsk, Code, Role
from headcount.core.state import SessionState
from headcount.errors import RequestRefusedError, SessionEndedError
from headcount.links.link import Connector
from headcount.sge.protocol.translation import state_of
from headcount.sge.visiting.visit import Visit

MAX_SEED = 1_000_000
"""Existing instances draw from 1 to this."""
SEED_WAIT = 1.0
"""How long to wait for the others' seed before one tells them one's own, in seconds."""
NOT_THEIRS = "an instance of SGE created this session: it does not know this"


class Visitor:
    """One's part in a session of theirs.

    Args:
        connector: makes a connection to the broker.
        session_id: the session's id.
        client_id: who one is.
        role: a role to take with the seat.
        roles: the roles of the model, which do not travel.
        numbers: gives each state shown a number, greater than all before.
        take: is told what happens.
    """

    def __init__(
        self,
        connector: Connector,
        session_id: str,
        client_id: str,
        role: str | None,
        roles: Sequence[str],
        numbers: Iterator[int],
        take: Callable[[e.Notice], None],
    ) -> None:
        self.visit = Visit(connector, session_id, client_id)
        self._id, self._client_id, self._role, self._roles = session_id, client_id, role, roles
        self._numbers, self._take = numbers, take
        self._state: SessionState | None = None
        self._seeded = asyncio.Event()

    @property
    def state(self) -> SessionState:
        """The newest state, in our words; after the end the last one."""
        if self._state is None:
            raise SessionEndedError("left")
        return self._state

    @property
    def closed_reason(self) -> str | None:
        """Why it is over for us, or None while it is not."""
        return self.visit.closed_reason

    # --- entering and leaving ----------------------------------------------------------------

    async def enter(self) -> None:
        """Join, and learn the seed.

        Raises:
            RequestRefusedError: there is no such session, it has started, it is full, or the
                role is taken.
            NoBrokerError: no address could be used.
        """
        self.visit.changed = self._changed
        await self.visit.enter()
        try:
            async with asyncio.timeout(SEED_WAIT):
                await self._seeded.wait()
        except TimeoutError:
            self.visit.lead(random.SystemRandom().randint(1, MAX_SEED))
        except BaseException:
            await self.visit.leave()
            raise
        self._changed()
        if self._role is not None:
            try:
                await self.visit.claim_role(self._role)
            except BaseException:
                await self.visit.leave()
                raise

    async def leave(self) -> None:
        """Leave, if it is not over."""
        await self.visit.leave()
        self._take(e.SessionParted(self._id))

    def _changed(self) -> None:
        visit = self.visit
        if visit.seed is not None:
            self._seeded.set()
        if visit.session is not None and visit.closed_reason is None:
            self._show()
        if visit.closed_reason is not None:
            self._take(e.SessionClosed(self._id, visit.closed_reason))

    def _show(self) -> None:
        visit = self.visit
        assert visit.session is not None
        if visit.started:
            visit.session.state = "started"
        self._state = state_of(
            visit.session,
            next(self._numbers),
            seed=visit.seed,
            roles=self._roles,
            holders=visit.roles,
            own=self._client_id,
        )
        self._take(e.StateChanged(self._id, self._state))

    # --- what may be asked -------------------------------------------------------------------

    async def request(self, ask: AnyAsk) -> int:
        """Do what their protocol knows: taking and giving up a role.

        Raises:
            RequestRefusedError: the role is taken, or they know nothing of the kind.
        """
        if not isinstance(ask, Role):
            raise RequestRefusedError(Code.NOT_ALLOWED, NOT_THEIRS)
        if ask.role is None:
            await self.visit.release_role()
        else:
            await self.visit.claim_role(ask.role)
        return self.state.version
