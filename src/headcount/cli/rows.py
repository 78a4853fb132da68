"""The list of sessions of both protocols, row by row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import Literal

from headcount.backlog import Backlog
from headcount.connection import Broker
from headcount.core.state import SessionState
from headcount.links.link import Connector
from headcount.sge.finding.lookout import Lookout
from headcount.sge.protocol.session import SGDistributedSession


@dataclass(frozen=True, slots=True)
class Row:
    """One session in the list."""

    created_at: str
    session_id: str
    model_name: str
    state: str
    count: int
    num_players_min: int
    num_players_max: int | None
    joinable: bool
    protocol: Literal["headcount", "sge"]

    @classmethod
    def ours(cls, state: SessionState) -> Row:
        """Return the row of a session of our protocol."""
        return cls(
            state.created_at,
            state.session_id,
            state.model_name,
            str(state.phase),
            state.count,
            state.num_players_min,
            state.num_players_max,
            state.joinable,
            "headcount",
        )

    @classmethod
    def theirs(cls, session: SGDistributedSession) -> Row:
        """Return the row of a session of existing SGE instances."""
        return cls(
            session.created_at.astimezone(UTC).isoformat(timespec="milliseconds"),
            session.session_id,
            session.model_name,
            session.state,
            session.get_num_connected(),
            session.num_players_min,
            session.num_players_max,
            session.is_joinable(),
            "sge",
        )


class Rows:
    """The list of both kinds; made by `looking`."""

    def __init__(self, broker: Broker, lookout: Lookout | None) -> None:
        self._broker = broker
        self._lookout = lookout
        self._ours: list[SessionState] | None = None
        self._lists = Backlog[list[Row]](limit=1)
        if lookout is not None:
            lookout.changed = self._changed

    async def read(self) -> list[Row]:
        """Return the list, once it is confirmed."""
        self._ours = await self._broker.sessions()
        return self._both()

    async def watch(self) -> AsyncIterator[list[Row]]:
        """Iterate over the lists: the first one, and every change."""
        following = asyncio.create_task(self._follow())
        told: list[Row] | None = None
        try:
            async for rows in self._lists:
                if rows != told:
                    told = rows
                    yield rows
        finally:
            following.cancel()
            await asyncio.wait({following})
        following.result()

    async def _follow(self) -> None:
        try:
            async for sessions in self._broker.watch_sessions():
                self._ours = sessions
                self._changed()
        finally:
            self._lists.end()

    def _changed(self) -> None:
        if self._ours is not None:
            self._lists.put(self._both())

    def _both(self) -> list[Row]:
        theirs = () if self._lookout is None else self._lookout.sessions
        rows = [Row.ours(state) for state in self._ours or ()]
        rows += [Row.theirs(session) for session in theirs]
        return sorted(rows, key=lambda row: (row.created_at, row.session_id))


@asynccontextmanager
async def looking(broker: Broker, connector: Connector, root: str) -> AsyncIterator[Rows]:
    """Give the list on a broker; existing instances know no root."""
    if root:
        yield Rows(broker, None)
        return
    async with Lookout(connector) as lookout:
        yield Rows(broker, lookout)
