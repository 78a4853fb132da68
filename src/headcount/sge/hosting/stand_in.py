"""Who sits for an existing SGE instance in a session of ours."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable

from headcount.connection import Broker
from headcount.core.messages import Code
from headcount.core.topics import is_id
from headcount.errors import HeadcountError, RequestRefusedError, SessionEndedError
from headcount.exchange import Exchange
from headcount.links.link import Connector
from headcount.session import Session

TRIES = 5

_log = logging.getLogger("headcount.sge")


class StandIn:
    """A member in an existing instance's name, on a connection of its own.

    Args:
        connector: makes the connection.
        host: the session as its host has entered it.
        client_id: whose seat it is.
        refused: called when the instance did not get the role it wished for.
    """

    def __init__(
        self, connector: Connector, host: Session, client_id: str, refused: Callable[[], None]
    ) -> None:
        self._exchange = Exchange(connector, client_id, "")
        self._host = host
        self._client_id = client_id
        self._refused = refused
        self._wish: str | None = None
        self._wished = asyncio.Event()
        self._vanishes = False

    def wish(self, role: str | None) -> None:
        """Take a role, or with None give up the one that it has; the last wish counts."""
        self._wish = role
        self._wished.set()

    def vanish(self) -> None:
        """Be lost when it ends, not leave: the seat and the role are held for a while."""
        self._vanishes = True

    async def sit(self) -> None:
        """Hold the seat until the session is over, or this is cancelled."""
        try:
            if not is_id(self._client_id):
                raise HeadcountError(f"{self._client_id!r} cannot be a client id")
            async with Broker(self._exchange, self._client_id) as broker:
                try:
                    await self._stay(await self._seated(broker))
                finally:
                    if self._vanishes:
                        await self._exchange.stop(goodbye=False)
        except HeadcountError as error:
            _log.warning("no seat for the instance %.64s: %s", self._client_id, error)

    async def _seated(self, broker: Broker) -> Session:
        """Take the seat; our own host is there, however busy this machine is just now."""
        for left in reversed(range(TRIES)):
            session = broker.join(self._host.id, secret=self._secret)
            try:
                return await session.__aenter__()
            except RequestRefusedError as refused:
                if refused.code not in (Code.NOT_FOUND, Code.TIMEOUT) or not left:
                    raise
        raise AssertionError("the last try raises")

    @property
    def _secret(self) -> str:
        """What takes the seat again after a silence, and for a new host: no secret among them."""
        told = f"{self._host.state.session_uid} {self._client_id}"
        return hashlib.sha256(told.encode()).hexdigest()

    async def _stay(self, session: Session) -> None:
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(self._serve(session))
            async for _ in session.watch():
                pass
            serving.cancel()

    async def _serve(self, session: Session) -> None:
        while True:
            await self._wished.wait()
            self._wished.clear()
            role = self._wish
            try:
                await (session.release_role() if role is None else session.claim_role(role))
            except RequestRefusedError:
                self._refused()
            except (HeadcountError, SessionEndedError) as error:
                _log.info("no role for the instance %.64s: %s", self._client_id, error)
                self._refused()
