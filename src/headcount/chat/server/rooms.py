"""The broker's live sessions, each of which is a room of the chat.

A room shows the session's own count, from the session's own state; who looks at it in a page
is none of its instances.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from headcount.chat.hub.inputs import LiveSession, SessionsChanged
from headcount.chat.server.live import Live, ours, theirs
from headcount.chat.server.rosters import Rosters
from headcount.chat.server.runner import Runner
from headcount.connection import Broker
from headcount.core.state import SessionState
from headcount.sge.protocol.session import SGDistributedSession

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
        self._runner = runner
        self._lookout = lookout
        self._ours: Sequence[SessionState] = ()
        self._live: dict[str, Live] = {}
        self.rosters = Rosters()
        """Who came to each session and who left."""
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

        `hosted` tells whether its host is this process, `changes` how many there were of its
        roster, so that who has its history knows whether that is all.
        """
        own = self.broker is not None and live.shown["host"] == self.broker.client_id
        return {**live.shown, "hosted": own, "changes": self.rosters.last(live)}

    async def follow(self) -> None:
        """Keep the rooms as the broker's sessions are, for as long as this runs."""
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
        told = self._runner.figures.told
        for room in [room for room in told if room not in self._runner.names]:
            del told[room]

    def _tell(self, sessions: Sequence[Live]) -> None:
        rooms = tuple(LiveSession(live.id, live.people) for live in sessions)
        self._runner.handle(SessionsChanged(rooms))
