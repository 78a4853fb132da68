"""Sessions that this server hosts itself, for admins who have nobody else to do it.

Who creates a session is one of its instances: so the server holds a seat in each, and its
count is never 0. It claims no role, and is not counted out: that is a rule of the protocol.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from headcount.connection import Broker
from headcount.errors import HeadcountError
from headcount.options import CreateOptions
from headcount.session import Session

MOST: Final = 50
"""Sessions that are hosted at once."""
PATIENCE: Final = 10.0
"""Seconds within which a session is created, or not at all."""
NAME: Final = "Headcount"
"""What the server is called in its sessions, where its connection has no name of its own."""
_logger = logging.getLogger("headcount.chat")


class FullError(HeadcountError):
    """This server hosts as many sessions as it may."""


class Hosting:
    """The sessions hosted on one connection to the broker.

    Args:
        broker: the connection; None where there is none.
    """

    def __init__(self, broker: Broker | None) -> None:
        self._broker = broker
        self._sessions: set[Session] = set()
        self._under_way = 0
        self._open = True

    @property
    def sessions(self) -> list[Session]:
        """Those that live."""
        self._sessions = {session for session in self._sessions if session.is_open}
        return list(self._sessions)

    async def create(self, name: str, options: CreateOptions) -> Session:
        """Create a session, and host it until it is closed or the server stops.

        Args:
            name: what it is called.
            options: what `Broker.create` takes besides.

        Raises:
            BadInputError: an argument cannot be used.
            FullError: there are as many as there may be.
            RequestRefusedError: the broker has such a session already (`EXISTS`).
            HeadcountError: the broker cannot be reached now.
        """
        broker = self._broker
        if not self._open or broker is None or not broker.is_up:
            raise HeadcountError("there is no broker just now")
        if len(self.sessions) + self._under_way >= MOST:
            raise FullError(f"at most {MOST} sessions")
        own = NAME if broker.name == broker.client_id else broker.name
        session = broker.create(name, **(options | {"name": own}))
        self._under_way += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await session.__aenter__()
        except TimeoutError as error:
            raise HeadcountError("the broker does not answer") from error
        finally:
            self._under_way -= 1
        if not self._open:  # the server is being stopped meanwhile
            await session.leave()
            raise HeadcountError("the server stops")
        self._sessions.add(session)
        return session

    async def close(self) -> None:
        """Close all of them, within about 5 s; nothing is created any more."""
        self._open = False
        left = [session.leave() for session in self.sessions]
        for error in await asyncio.gather(*left, return_exceptions=True):
            if error is not None:
                _logger.warning("a session could not be closed: %s", error)
