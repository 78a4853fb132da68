"""The broker's live sessions, each of which is a room of the chat.

A room shows the session's own count, from the session's own state; who looks at it in a page
is none of its instances. Those who follow the sessions are told of a change within
`COALESCE` seconds; later, by as much as the last telling cost, but within `LONGEST_PACE`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from msgspec.json import encode

from headcount.chat.hub.inputs import LiveSession, SessionsChanged
from headcount.chat.hub.listing import CHANNEL
from headcount.chat.hub.presence import LONGEST_PACE, PER_SECOND
from headcount.chat.server.hosting import Hosting
from headcount.chat.server.live import Live, ours, theirs
from headcount.chat.server.rosters import Rosters
from headcount.chat.server.runner import Runner
from headcount.connection import Broker
from headcount.core.state import SessionState
from headcount.sge.protocol.session import SGDistributedSession

COALESCE: Final = 0.03
"""Seconds for which changes are gathered before those who follow are told of them."""
LOOK: Final = 0.5
"""Seconds between two looks whether the broker can be reached."""
_AGAIN: Final = 1.0
_LONGEST: Final = 64
"""Characters of an id that a client can name (the wire's limit)."""
_logger = logging.getLogger("headcount.chat")


class Lookout(Protocol):
    """Who knows the sessions of existing SGE instances: `headcount.sge.finding.lookout.Lookout`."""

    sessions: tuple[SGDistributedSession, ...]
    changed: Callable[[], None]


class Rooms:
    """The sessions of one broker, as the chat sees them.

    Args:
        broker: a connection to it; None where there is no broker.
        runner: the hub that has a room for each.
        lookout: knows the sessions of existing SGE instances; None where they do not matter.
    """

    def __init__(
        self, broker: Broker | None, runner: Runner, lookout: Lookout | None = None
    ) -> None:
        self.broker = broker
        self.hosting = Hosting(broker)
        self._runner = runner
        self._lookout = lookout
        self._ours: Sequence[SessionState] = ()
        self._live: dict[str, Live] = {}
        self.rosters = Rosters()
        """Who came to each session and who left."""
        self._shown: dict[tuple[str, str], bytes] = {}
        self._showing: asyncio.TimerHandle | None = None
        self._show_after = 0.0
        self.is_listed = broker is None
        """Whether the list is known: before the broker has confirmed it, it may lack some."""
        if lookout is not None:
            lookout.changed = self._changed
            self._changed()

    @property
    def is_ready(self) -> bool:
        """Whether the broker can be reached, or none is wanted."""
        return self.broker is None or self.broker.is_up

    @property
    def sessions(self) -> list[Live]:
        """The live sessions, oldest first."""
        return list(self._live.values())

    def get(self, id: str) -> Live | None:
        """Return a session as it is now, or None if it does not live."""
        return self._live.get(id)

    def shown(self, live: Live) -> dict[str, Any]:
        """Return a session as the page shows it.

        `hosted` tells whether its host is this process, `ready` whether the broker can be
        reached, without which nothing new is heard of it, and `changes` how many there were of
        its roster, so that who has its history knows whether that is all.
        """
        return {
            **live.shown,
            "hosted": self.broker is not None and live.shown["host"] == self.broker.client_id,
            "ready": self.is_ready,
            "changes": self.rosters.last(live),
        }

    async def follow(self) -> None:
        """Keep the rooms as the broker's sessions are, for as long as this runs.

        At the end the sessions that are hosted here are closed.
        """
        if self.broker is None:
            return
        try:
            await asyncio.gather(self._follow_list(), self._follow_link())
        finally:
            if self._showing is not None:
                self._showing.cancel()
            await self.hosting.close()

    async def _follow_link(self) -> None:
        ready = self.is_ready
        while self.broker is not None:
            await asyncio.sleep(LOOK)
            if self.is_ready is not ready:
                ready = self.is_ready
                self._show_soon()

    async def _follow_list(self) -> None:
        while self.broker is not None:
            try:
                async for sessions in self.broker.watch_sessions():
                    self._ours, self.is_listed = sessions, True
                    self._changed()
            except asyncio.CancelledError:
                raise
            except Exception:
                _logger.exception("the sessions of the broker cannot be followed")
            await asyncio.sleep(_AGAIN)

    def _changed(self) -> None:
        """Take over the live sessions of both protocols; an id that both have is ours."""
        both = [theirs(each) for each in self._lookout.sessions] if self._lookout else []
        found = {live.id: live for live in [*both, *map(ours, self._ours)]}
        named = {id: live for id, live in found.items() if len(id) <= _LONGEST}
        self._live = dict(sorted(named.items(), key=lambda item: (item[1].created_at, item[0])))
        self.rosters.observe(self.sessions, datetime.now(UTC))
        reused = self._runner.names.update({id: live.uid for id, live in self._live.items()})
        if reused:  # another session under a known id: nobody stays in its room by mistake
            self._tell([live for id, live in self._live.items() if id not in reused])
        self._tell(self.sessions)
        self._show_soon()
        told = self._runner.figures.told
        for room in [room for room in told if room not in self._runner.names]:
            del told[room]

    def _tell(self, sessions: Sequence[Live]) -> None:
        rooms = tuple(
            LiveSession(live.id, live.people, self._shown.get((live.id, live.uid), b""))
            for live in sessions
        )
        self._runner.handle(SessionsChanged(rooms))

    def _show_soon(self) -> None:
        """Tell those who follow, with all that changes until then."""
        if self._showing is None:
            loop = asyncio.get_running_loop()
            at = max(loop.time() + COALESCE, self._show_after)
            self._showing = loop.call_at(at, self._show)

    def _show(self) -> None:
        self._showing = None
        shown = {(live.id, live.uid): encode(self.shown(live)) for live in self.sessions}
        size = sum(len(each) for key, each in shown.items() if self._shown.get(key) != each)
        cost = size * self._runner.listeners(CHANNEL) / PER_SECOND
        self._show_after = asyncio.get_running_loop().time() + min(LONGEST_PACE, cost)
        self._shown = shown
        self._tell(self.sessions)
