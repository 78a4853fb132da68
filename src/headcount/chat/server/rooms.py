"""The broker's live sessions, each of which is a room of the chat.

A room shows the session's own count, from the session's own state; who looks at it in a page
is none of its instances.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

from headcount.chat.hub.inputs import LiveSession, SessionsChanged
from headcount.chat.server.runner import Runner
from headcount.connection import Broker
from headcount.core.state import SessionState

_AGAIN: Final = 1.0
_logger = logging.getLogger("headcount.chat")


class Rooms:
    """The sessions of one broker, as the chat sees them.

    Args:
        broker: a connection to it; None where there is no broker.
        runner: the hub that has a room for each.
    """

    def __init__(self, broker: Broker | None, runner: Runner) -> None:
        self.broker = broker
        self._runner = runner
        self._sessions: dict[str, SessionState] = {}

    @property
    def is_ready(self) -> bool:
        """Whether the broker can be reached, or none is wanted."""
        return self.broker is None or self.broker.is_up

    @property
    def sessions(self) -> list[SessionState]:
        """The live sessions, oldest first."""
        return list(self._sessions.values())

    def get(self, id: str) -> SessionState | None:
        """Return a session's newest state, or None if it does not live."""
        return self._sessions.get(id)

    async def follow(self) -> None:
        """Keep the rooms as the broker's sessions are, for as long as this runs."""
        while self.broker is not None:
            try:
                async for sessions in self.broker.watch_sessions():
                    self.changed(sessions)
            except asyncio.CancelledError:
                raise
            except Exception:
                _logger.exception("the sessions of the broker cannot be followed")
            await asyncio.sleep(_AGAIN)

    def changed(self, sessions: Sequence[SessionState]) -> None:
        """Take over the live sessions."""
        self._sessions = {state.session_id: state for state in sessions}
        reused = self._runner.names.update({s.session_id: s.session_uid for s in sessions})
        if reused:  # another session under a known id: nobody stays in its room by mistake
            others = [state for state in sessions if state.session_id not in reused]
            self._runner.handle(SessionsChanged(tuple(map(_live, others))))
        self._runner.handle(SessionsChanged(tuple(map(_live, sessions))))


def listed(state: SessionState, *, hosted: bool) -> dict[str, Any]:
    """Return a session as the page reads it."""
    return {
        "id": state.session_id,
        "uid": state.session_uid,
        "name": state.model_name,
        "state": str(state.phase),
        "count": state.count,
        "min": state.num_players_min,
        "max": state.num_players_max,
        "joinable": state.joinable,
        "createdAt": state.created_at,
        "host": state.host_client_id,
        "hosted": hosted,
        "seed": state.seed,
        "roles": state.roles,
        "members": [
            {
                "id": client_id,
                "name": member.name,
                "role": member.role,
                "ready": member.ready,
                "status": member.status,
                "joinedAt": member.joined_at,
            }
            for client_id, member in state.members.items()
        ],
    }


def _live(state: SessionState) -> LiveSession:
    people = tuple((id, state.members[id].name) for id in state.connected_instances)
    return LiveSession(state.session_id, people)
