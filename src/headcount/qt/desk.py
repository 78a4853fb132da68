"""The background's side of one connection and of the sessions on it. No Qt objects here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from headcount.core import events as e
from headcount.core.state import SessionState
from headcount.errors import BadInputError, HeadcountError, SessionEndedError
from headcount.mail import Gap, Message
from headcount.qt.courier import Port
from headcount.qt.line import answer
from headcount.surface import AnyBroker, AnySession, Limited

LOOK = 0.05
"""How often the connection is looked at, in seconds."""


class Desk:
    """One connection, from `open` to `close`; all calls come from its thread.

    Args:
        connect: makes the connection; called there, since it imports what takes long.
        port: is told `link`, `warn`, `listed`, `ended`, and the answer to `open`.
    """

    def __init__(self, connect: Callable[[], AnyBroker], port: Port) -> None:
        self._connect = connect
        self._port = port
        self._broker: AnyBroker | None = None
        self._opening: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._following: asyncio.Task[None] | None = None
        self.seats: set[Seat] = set()
        self.parting: set[asyncio.Task[None]] = set()
        """What leaves sessions that are over; nobody enters before that is done."""

    async def open(self) -> None:
        """Connect, and answer."""
        self._opening = asyncio.current_task()
        try:
            await answer("open", self._connected, self._port)
        finally:
            self._opening = None

    async def follow(self) -> None:
        """Tell the list of sessions, from now on; again from the beginning if it is told."""
        if self._broker is not None:
            # Without waiting for the end of it: another call may come in between.
            if self._following is not None:
                self._following.cancel()
            self._following = asyncio.create_task(self._list(self._broker))

    async def unfollow(self) -> None:
        """Tell the list no longer."""
        await _end(self._following)

    async def close(self) -> None:
        """Leave all sessions and disconnect."""
        await _end(self._opening)
        await _end(self._looking)
        await _end(self._following)
        await asyncio.gather(*(seat.part() for seat in self.seats))
        if self._broker is not None:
            with contextlib.suppress(HeadcountError, OSError):
                await self._broker.close()
        self._port.tell("ended")

    @property
    def broker(self) -> AnyBroker:
        """The connection.

        Raises:
            BadInputError: there is none yet.
        """
        if self._broker is None:
            raise BadInputError("connect first: broker.open(), then wait for `accepted`")
        return self._broker

    async def _connected(self) -> int:
        broker = self._connect()
        await broker.__aenter__()
        self._broker = broker
        self._port.tell("link", True, broker.address)
        if isinstance(broker, Limited) and broker.trouble is not None:
            self._port.tell("warn", broker.trouble)
        self._looking = asyncio.create_task(self._look(broker))
        return 0

    async def _look(self, broker: AnyBroker) -> None:
        up = True
        while True:
            await asyncio.sleep(LOOK)
            if broker.is_up is not up:
                up = broker.is_up
                self._port.tell("link", up, broker.address)

    async def _list(self, broker: AnyBroker) -> None:
        async for sessions in broker.watch_sessions():
            self._port.tell("listed", sessions)
            await self._port.room()


class Seat:
    """One session on a connection.

    Args:
        desk: the connection.
        make: makes the session to enter.
        port: is told `changed`, `counted`, `linked`, `mailed` and `ended`.
    """

    def __init__(self, desk: Desk, make: Callable[[AnyBroker], AnySession], port: Port) -> None:
        self._desk = desk
        self._make = make
        self._port = port
        self._session: AnySession | None = None
        self._entering: asyncio.Task[None] | None = None
        self._told: SessionState | None = None
        # What is not referred to is forgotten, a task that waits included.
        self._feeds: list[asyncio.Task[None]] = []

    async def enter(self) -> int:
        """Enter; return the version of the state one found."""
        self._entering = asyncio.current_task()
        if self._desk.parting:
            await asyncio.wait(self._desk.parting)
        session = self._session = self._make(self._desk.broker)
        self._desk.seats.add(self)
        self._feeds = [
            asyncio.create_task(self._notices(session.events())),
            asyncio.create_task(self._mail(session.messages())),
        ]
        try:
            await session.__aenter__()
        except BaseException:
            self._session = None
            self._forget()
            raise
        finally:
            self._entering = None
        self._changed(session.state)
        return session.state.version

    async def command(self, work: Callable[[AnySession], Awaitable[int]]) -> int:
        """Do what was asked; what is asked before one is in waits for that."""
        if self._entering is not None:
            await asyncio.wait([self._entering])
        if self._session is None:
            raise SessionEndedError("left")
        version = await work(self._session)
        self._changed(self._session.state)
        return version

    async def part(self) -> int:
        """Leave, also what one is about to enter; return the version of the last state."""
        await _end(self._entering)
        if self._session is None:
            return 0
        await self._session.leave()
        return self._session.state.version

    def _changed(self, state: SessionState) -> None:
        """Tell a state, once, though it comes on two ways."""
        if self._told is None or (not state.same_as(self._told) and state.supersedes(self._told)):
            self._told = state
            self._port.tell("changed", state)

    async def _notices(self, notices: AsyncIterator[e.Notice]) -> None:
        async for notice in notices:
            match notice:
                case e.StateChanged():
                    self._changed(notice.state)
                case e.CountdownTick():
                    self._port.tell("counted", notice.seconds)
                case e.LinkChanged():
                    self._port.tell("linked", notice.up)
                case e.SessionClosed():
                    self._port.tell("ended", notice.reason)
                    self._clear()
                case _:
                    continue
            await self._port.room()
        self._desk.seats.discard(self)

    def _clear(self) -> None:
        """Leave what is over: it holds its id, and connections for others perhaps."""
        if self._session is not None:
            leaving = asyncio.create_task(_leave(self._session))
            self._desk.parting.add(leaving)
            leaving.add_done_callback(self._desk.parting.discard)

    async def _mail(self, messages: AsyncIterator[Message | Gap]) -> None:
        async for item in messages:
            self._port.tell("mailed", item)
            await self._port.room()

    def _forget(self) -> None:
        self._desk.seats.discard(self)
        for feed in self._feeds:
            feed.cancel()


async def _leave(session: AnySession) -> None:
    with contextlib.suppress(HeadcountError, OSError):
        await session.leave()


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
