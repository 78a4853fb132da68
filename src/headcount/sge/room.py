"""One's part in a session, whichever protocol it speaks.

A session that is created here speaks ours, and is mirrored for existing instances. One that is
joined is theirs if one of them tells of it, else it is asked for as ours first (S21).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Literal, Self

from headcount.commands import Commands
from headcount.core import events as e
from headcount.core.lifecycle import Phase
from headcount.core.messages import AnyAsk, Code
from headcount.core.state import SessionState
from headcount.errors import BadInputError, RequestRefusedError, SessionEndedError
from headcount.feeds import Feeds
from headcount.links.link import Connector
from headcount.mail import Gap, Message
from headcount.session import ENTER_FIRST, Session
from headcount.sge.hosting.bridge import Bridge
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.translation import session_of
from headcount.sge.visiting.visitor import NOT_THEIRS, Visitor
from headcount.updates import Updater
from headcount.view import View

Protocol = Literal["headcount", "sge"]
_log = logging.getLogger("headcount.sge")
LAST_WORDS = 1.0
"""Seconds to let the last notices arrive."""


class Room(View, Commands):
    """A place in one session; made by `SGBroker.create`, `join` and `watch`.

    It has the methods of `headcount.Session`.

    Args:
        connector: makes connections to the broker.
        session_id: the session's id.
        client_id: who one is.
        ours: the session of our protocol to enter, if it may be one.
        theirs: makes one's part in a session of theirs, if it may be one.
        theirs_first: whether it is known to be theirs.
    """

    def __init__(
        self,
        connector: Connector,
        session_id: str,
        client_id: str,
        ours: Session | None,
        theirs: Callable[[Callable[[e.Notice], None]], Visitor] | None = None,
        theirs_first: bool = False,
    ) -> None:
        self._connector = connector
        self._session_id, self._client_id = session_id, client_id
        self._ours, self._theirs = ours, theirs
        self._theirs_first = theirs_first
        self._part: Session | Visitor | None = None
        self._feeds = Feeds(lambda _: None)
        self._bridge: Bridge | None = None
        self._following: asyncio.Task[None] | None = None
        self._entering = self._unwanted = False
        self.changed: Callable[[], None] = lambda: None
        """Called, on the event loop's thread, whenever anything of it is another."""

    # --- entering and leaving ----------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Enter.

        Raises:
            RequestRefusedError: there is none, it is full, it has started, or its id is taken.
            NoBrokerError: no address could be used.
            SessionEndedError: one has left meanwhile.
        """
        self._entering = True
        try:
            await self._enter()
        except BaseException:
            self._feeds.end()
            raise
        finally:
            self._entering = False
        if self._unwanted:
            await self.leave()
            raise SessionEndedError("left")
        return self

    async def _enter(self) -> None:
        if self._ours is None or self._theirs_first:
            return await self._enter_theirs()
        try:
            await self._enter_ours(self._ours)
        except RequestRefusedError as refused:
            if refused.code is not Code.NOT_FOUND or self._theirs is None:
                raise
            await self._enter_theirs()

    async def _enter_theirs(self) -> None:
        if self._theirs is None:
            raise RequestRefusedError(Code.NOT_FOUND, f"no live session {self._session_id!r}")
        visitor = self._theirs(self._take)
        await visitor.enter()
        self._part = visitor

    async def _enter_ours(self, session: Session) -> None:
        notices = session.events()
        await session.__aenter__()
        self._part = session
        try:
            await self._mirror(session)
        except BaseException:
            await self._part_with(session)
            raise
        self._following = asyncio.create_task(self._follow(notices))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.leave()

    async def leave(self) -> None:
        """Leave; a host closes the session, or hands it over. Twice changes nothing.

        What one is still about to enter is left as soon as that is done.
        """
        self._unwanted = self._unwanted or self._entering
        if self._part is not None and not self._entering:
            await self._part_with(self._part)

    async def _part_with(self, part: Session | Visitor) -> None:
        await part.leave()
        if self._bridge is not None:
            await self._bridge.stop()
        if self._following is not None:
            await asyncio.wait([self._following], timeout=LAST_WORDS)
            self._following.cancel()
        self._feeds.end()

    # --- what it is --------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The session's id."""
        return self._session_id

    @property
    def client_id(self) -> str:
        """Who one is in it."""
        return self._client_id

    @property
    def state(self) -> SessionState:
        """The newest state, in our words; after the end the last one."""
        return self._inside.state

    @property
    def closed_reason(self) -> str | None:
        """Why it is over for us, or None while it is not."""
        return None if self._part is None else self._part.closed_reason

    @property
    def is_open(self) -> bool:
        """Whether one is in it: entered, and it is not over."""
        return self._part is not None and self.closed_reason is None

    @property
    def protocol(self) -> Protocol:
        """Which protocol the session speaks."""
        return "sge" if isinstance(self._inside, Visitor) else "headcount"

    @property
    def session(self) -> SGDistributedSession:
        """The session as it is now, in SGE's words."""
        return session_of(self.state)

    @property
    def started(self) -> bool:
        """Whether the game is on."""
        return self.state.phase is Phase.STARTED

    # --- what happens ------------------------------------------------------------------------

    def watch(self) -> AsyncIterator[SessionState]:
        """Iterate over the states, from the present one on, until the session is over."""
        return self._feeds.states(self.state)

    def events(self) -> AsyncIterator[e.Notice]:
        """Iterate over all notices from now on; it may be called before entering."""
        return self._feeds.events()

    def messages(self) -> AsyncIterator[Message | Gap]:
        """Iterate over the application messages; those of SGE's games are not among them."""
        return self._feeds.messages()

    async def _follow(self, notices: AsyncIterator[e.Notice]) -> None:
        async for notice in notices:
            self._take(notice)

    def _take(self, notice: e.Notice) -> None:
        self._feeds.take(notice)
        try:
            self.changed()
        except Exception:
            _log.exception("what is called at changes of session %s failed", self._session_id)
        if isinstance(notice, e.SessionParted):
            self._feeds.end()

    async def _mirror(self, session: Session) -> None:
        """Show a session that is hosted here to existing instances."""
        if session.is_host:
            bridge = Bridge(self._connector, session)
            await bridge.start()
            self._bridge = bridge

    # --- what may be asked -------------------------------------------------------------------

    async def request(self, ask: AnyAsk) -> int:
        """Ask the host for anything; return the version that holds it.

        Raises:
            RequestRefusedError: the host said no, or instances of SGE know nothing of the kind.
            SessionEndedError: the session is over.
        """
        return await self._inside.request(ask)

    async def update(self, change: Updater, max_retries: int = 3) -> int:
        """Change the properties; see `headcount.Session.update`."""
        return await self._native.update(change, max_retries)

    def send(self, payload: Any) -> bool:
        """Send an application message to all members; see `headcount.Session.send`."""
        return self._native.send(payload)

    @property
    def _inside(self) -> Session | Visitor:
        if self._part is None:
            raise BadInputError(ENTER_FIRST)
        return self._part

    @property
    def _native(self) -> Session:
        part = self._inside
        if isinstance(part, Visitor):
            raise RequestRefusedError(Code.NOT_ALLOWED, NOT_THEIRS)
        return part
