"""A connection that meets the sessions of both protocols, with the methods of `headcount.Broker`.

::

    async with headcount.sge.connect("mqtt://127.0.0.1") as broker:
        async with broker.join("sea") as room:
            print(room.protocol, room.count, room.seed)
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, Unpack
from weakref import WeakSet

from headcount import arguments, connection
from headcount.backlog import Backlog
from headcount.core import events as e
from headcount.core.state import SessionState
from headcount.core.topics import is_id
from headcount.errors import BadInputError
from headcount.links.link import Connector
from headcount.options import ConnectOptions, CreateOptions, JoinOptions
from headcount.sge.finding.leftovers import clear_leftovers
from headcount.sge.finding.lookout import Lookout
from headcount.sge.protocol import spaces
from headcount.sge.protocol.translation import state_of
from headcount.sge.room import Room
from headcount.sge.visiting.visitor import Visitor


def connect(
    url: str | Sequence[str] | None = None,
    *,
    roles: Sequence[str] = (),
    fresh: bool = False,
    **options: Unpack[ConnectOptions],
) -> SGBroker:
    """Return a connection for sessions of both protocols, to be used with `async with`.

    Args:
        url: as for `headcount.connect`.
        roles: the roles of the model: existing instances do not tell them.
        fresh: whether the client id given was drawn just now, and has left nothing on the broker.
            Else what an earlier process with it has left there is cleared first (S22).
        options: those of `headcount.connect`, but `root`, which existing instances do not know.

    Raises:
        BadInputError: an argument cannot be used.
    """
    if options.get("root"):
        raise BadInputError("existing instances know no root: connect without one")
    connector = options.get("connector")
    if connector is None:
        connector = connection.mqtt_connector(url, options.get("tls_ca"))
    options["connector"] = connector
    broker = SGBroker(connection.connect(url, **options), connector, arguments.roles(roles))
    broker.clears = not fresh and options.get("client_id") is not None
    return broker


class SGBroker:
    """One client's connection to a broker, for sessions of both protocols; made by `connect`.

    Existing instances are heard on connections of their own.
    """

    def __init__(
        self, broker: connection.Broker, connector: Connector, roles: Sequence[str]
    ) -> None:
        self._broker, self._connector, self._roles = broker, connector, roles
        self._lookout = Lookout(connector)
        self._lookout.changed = self._theirs_changed
        self._watchers: set[Callable[[], None]] = set()
        self._rooms: WeakSet[Room] = WeakSet()
        self._numbers = itertools.count(1)
        self._open = AsyncExitStack()
        self.clears = False
        """Whether what an earlier process has left is cleared on connecting."""
        self._trouble: str | None = None

    @property
    def client_id(self) -> str:
        """One's own id."""
        return self._broker.client_id

    @property
    def address(self) -> str:
        """The address of the broker that answered last, without a password."""
        return self._broker.address

    @property
    def is_up(self) -> bool:
        """Whether there is a connection just now."""
        return self._broker.is_up

    @property
    def trouble(self) -> str | None:
        """What this broker cannot carry, in a sentence for people; None if all.

        Roles travel in topics of existing instances, and NATS takes none with a space.
        """
        return self._trouble

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            NoBrokerError: no address could be used; the class and the message say why.
        """
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._broker)
            await opening.enter_async_context(self._lookout)
            if self.clears:
                await clear_leftovers(self._connector, self.client_id, utc=time.time())
            spaced = [role for role in self._roles if spaces.are_in(role)]
            if spaced and not await spaces.are_taken(self._connector):
                self._trouble = spaces.trouble(spaced[0])
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave all sessions and disconnect."""
        await asyncio.gather(*(room.leave() for room in self._rooms))
        await self._open.aclose()

    # --- sessions ----------------------------------------------------------------------------

    def create(self, model_name: str, **options: Unpack[CreateOptions]) -> Room:
        """Return a new session of ours, shown to existing instances; see `Broker.create`.

        Raises:
            BadInputError: an argument cannot be used; such a session ends with its host, since
                an existing instance cannot inherit it.
        """
        if options.get("on_host_loss", "close") != "close":
            raise BadInputError("a session that existing instances see ends with its host")
        options.setdefault("roles", self._roles)
        session = self._broker.create(model_name, **options)
        return self._room(Room(self._connector, session.id, self.client_id, session))

    def join(self, id: str, **options: Unpack[JoinOptions]) -> Room:
        """Return a session of either protocol to enter as a member; see `Broker.join`.

        A session of existing instances may have any id that is no part of a topic's pattern.

        Raises:
            BadInputError: an argument cannot be used.
        """
        if not is_id(id) and (not id or len(id) > MAX_ID or set(id) & set("/+#\0")):
            raise BadInputError(f"no session id: {id!r}; it has no / + # and 1 to {MAX_ID} signs")
        ours = self._broker.join(id, **options) if is_id(id) else None
        role = options.get("role")

        def theirs(take: Callable[[e.Notice], None]) -> Visitor:
            return Visitor(
                self._connector, id, self.client_id, role, self._roles, self._numbers, take
            )

        heard = any(session.session_id == id for session in self._lookout.sessions)
        return self._room(Room(self._connector, id, self.client_id, ours, theirs, heard))

    def watch(self, id: str) -> Room:
        """Return a session of ours to look at without a seat in it; see `Broker.watch`."""
        return self._room(Room(self._connector, id, self.client_id, self._broker.watch(id)))

    def _room(self, room: Room) -> Room:
        self._rooms.add(room)
        return room

    # --- the list ----------------------------------------------------------------------------

    async def sessions(self) -> list[SessionState]:
        """Return the live sessions of both protocols, oldest first, within a second."""
        return self._together(await self._broker.sessions())

    async def watch_sessions(self) -> AsyncIterator[list[SessionState]]:
        """Iterate over the list of live sessions: what it is at first, and every change."""
        lists = Backlog[list[SessionState]](limit=1)
        ours: list[list[SessionState]] = []

        def tell() -> None:
            if ours:
                lists.put(self._together(ours[-1]))

        async def follow() -> None:
            async for sessions in self._broker.watch_sessions():
                ours[:] = [sessions]
                tell()
            lists.end()

        following = asyncio.create_task(follow(), name="headcount-sge-list")
        self._watchers.add(tell)
        try:
            async for sessions in lists:
                yield sessions
        finally:
            self._watchers.discard(tell)
            following.cancel()

    def _theirs_changed(self) -> None:
        for tell in list(self._watchers):
            tell()

    def _together(self, ours: list[SessionState]) -> list[SessionState]:
        """Return the sessions of both; one that one is in as one knows it from there."""
        visited = {
            room.id: room.state for room in self._rooms if room.is_open and room.protocol == "sge"
        }
        theirs = [
            visited.get(session.session_id)
            or state_of(session, next(self._numbers), roles=self._roles)
            for session in self._lookout.sessions
        ]
        return sorted([*ours, *theirs], key=lambda each: (each.created_at, each.session_id))


MAX_ID = 128
"""The longest id of a session of existing instances, in signs."""
