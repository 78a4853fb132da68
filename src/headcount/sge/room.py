"""One's part in a session, whichever protocol it speaks.

A session that is created here speaks ours, and is mirrored for existing instances. One that is
joined is asked for as ours first; if nobody hosts it so, it may be theirs (S21).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from headcount.arguments import OnHostLoss
from headcount.connection import Broker
from headcount.core.messages import Code
from headcount.core.topics import is_id
from headcount.errors import BadInputError, RequestRefusedError, SessionEndedError
from headcount.links.link import Connector
from headcount.session import Session
from headcount.sge.bridge import Bridge
from headcount.sge.session import SGDistributedSession
from headcount.sge.translation import session_of
from headcount.sge.visit import Visit

Protocol = Literal["headcount", "sge"]


class Room:
    """A place in one session; made by `create` and `join`.

    `changed` is called, on the event loop's thread, whenever anything of it is another.
    """

    def __init__(self, part: Session | Visit, bridge: Bridge | None, client_id: str) -> None:
        self._part = part
        self._bridge = bridge
        self._following: asyncio.Task[None] | None = None
        self._last: SGDistributedSession | None = None
        self.client_id = client_id
        """Who one is in it."""
        self.changed: Callable[[], None] = lambda: None
        if isinstance(part, Visit):
            part.changed = self._tell
        else:
            self._following = asyncio.create_task(self._follow(part), name="headcount-sge-room")

    @classmethod
    async def create(
        cls,
        broker: Broker,
        connector: Connector,
        model_name: str,
        *,
        id: str,
        seats: tuple[int, int | None],
        seed: int | None = None,
        on_host_loss: OnHostLoss = "close",
    ) -> Room:
        """Create a session and mirror it for existing instances.

        Raises:
            RequestRefusedError: a session of this id is alive.
            BadInputError: an argument cannot be used.
        """
        session = broker.create(
            model_name, id=id, seats=seats, seed=seed, on_host_loss=on_host_loss
        )
        await session.__aenter__()
        bridge = Bridge(connector, session)
        try:
            await bridge.start()
        except BaseException:
            await session.leave()
            raise
        return cls(session, bridge, broker.client_id)

    @classmethod
    async def join(cls, broker: Broker, connector: Connector, id: str) -> Room:
        """Join a session of either protocol.

        Raises:
            RequestRefusedError: there is none, it is full, or it has started.
        """
        if is_id(id):
            try:
                session = await broker.join(id).__aenter__()
                return cls(session, None, broker.client_id)
            except RequestRefusedError as refused:
                if refused.code is not Code.NOT_FOUND:
                    raise
        visit = Visit(connector, id, broker.client_id)
        await visit.enter()
        return cls(visit, None, broker.client_id)

    # --- what it is --------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The session's id."""
        part = self._part
        return part.session_id if isinstance(part, Visit) else part.id

    @property
    def protocol(self) -> Protocol:
        """Which protocol the session speaks."""
        return "sge" if isinstance(self._part, Visit) else "headcount"

    @property
    def session(self) -> SGDistributedSession:
        """The session as it is now."""
        part = self._part
        if isinstance(part, Visit):
            assert part.session is not None
            return part.session
        return session_of(part.state)

    @property
    def seed(self) -> int | None:
        """The seed that all share, or None while it is not known."""
        return self._part.seed

    @property
    def hosted(self) -> bool:
        """Whether this process hosts it."""
        part = self._part
        return not isinstance(part, Visit) and part.state.host_client_id == self.client_id

    @property
    def started(self) -> bool:
        """Whether the game is on."""
        part = self._part
        return part.started if isinstance(part, Visit) else self.session.is_started()

    @property
    def closed_reason(self) -> str | None:
        """Why it is over for us, or None while it is not."""
        return self._part.closed_reason

    @property
    def native(self) -> Session:
        """The session of our protocol.

        Raises:
            BadInputError: it is one of existing instances.
        """
        if isinstance(self._part, Visit):
            raise BadInputError(f"session {self.id!r} was created by an instance of SGE")
        return self._part

    # --- what may be done --------------------------------------------------------------------

    async def start(self) -> None:
        """Start the game; only the host may.

        Raises:
            RequestRefusedError: not enough are there, or it is not one's own to start.
        """
        if isinstance(self._part, Visit):
            raise RequestRefusedError(Code.NOT_ALLOWED, "only its creator may start a session")
        await self._part.start()

    async def leave(self) -> None:
        """Leave; a host closes the session. Doing it twice changes nothing."""
        part = self._part
        if isinstance(part, Visit):
            await part.leave()
            return
        await part.leave()
        if self._bridge is not None:
            await self._bridge.stop()
        if self._following is not None:
            await asyncio.wait([self._following], timeout=1.0)
            self._following.cancel()

    async def _follow(self, session: Session) -> None:
        try:
            async for _ in session.watch():
                self._tell()
        except SessionEndedError:
            pass
        self._tell()

    def _tell(self) -> None:
        self.changed()
