"""`SGSessionDiscoveryManager`: the live sessions on the broker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from headcount.sge.names.followers import tell_all
from headcount.sge.names.manager import SGDistributedSessionManager
from headcount.sge.protocol.session import SGDistributedSession

Cards = dict[str, dict[str, Any]]


class SGSessionDiscoveryManager:
    """Keeps the list of live sessions of both protocols.

    Args:
        mqtt_client: the client of the game's connection; not needed here.
        session_manager: knows the sessions.
        mqtt_handler_manager: not needed here: one subscription serves all (S3).
    """

    def __init__(
        self,
        mqtt_client: Any,
        session_manager: SGDistributedSessionManager,
        mqtt_handler_manager: Any = None,
    ) -> None:
        self.mqtt_client = mqtt_client
        self.session_manager = session_manager
        self.available_sessions: Cards = {}
        """By id, what the discovery topic tells of each."""
        self.session_states_cache: dict[str, SGDistributedSession] = {}
        """By id, the state of each: the one that everything is shown from."""
        self._viewers: list[Callable[[Cards], object]] = []
        self._state_viewers: list[Callable[[str, SGDistributedSession], object]] = []
        self._running = False
        self._asked = False

    def on_sessions_updated(self, callback: Callable[[Cards], object]) -> None:
        """Call `callback(available_sessions)` at every change of the list."""
        self._viewers.append(callback)

    def on_session_state_updated(
        self, callback: Callable[[str, SGDistributedSession], object]
    ) -> None:
        """Call `callback(session_id, session)` at every change of a session in it."""
        self._state_viewers.append(callback)

    def start_discovery(self, connected_session_id: str | None = None) -> None:
        """Begin to follow the list.

        Args:
            connected_session_id: the session one is in; it is listed like the others.

        Raises:
            HeadcountError: there is no broker; the message says why and what to do.
        """
        self._running = True
        viewer = None if self._asked else self._listed
        self._asked = True
        self._listed(self.session_manager.discoverSessions(viewer))

    def stop_discovery(self) -> None:
        """Follow it no longer; what is known stays."""
        self._running = False

    def _listed(self, sessions: dict[str, SGDistributedSession]) -> None:
        if not self._running:
            return
        before, self.session_states_cache = self.session_states_cache, sessions
        self.available_sessions = {id: _card(session) for id, session in sessions.items()}
        moved = [
            partial(self._tell, session)
            for session_id, session in sessions.items()
            if session_id not in before or _shown(session) != _shown(before[session_id])
        ]
        tell_all([*moved, *(partial(self._tell_list, viewer) for viewer in self._viewers)])

    def _tell(self, session: SGDistributedSession) -> None:
        """Tell of a session, unless a newer one came while somebody waited."""
        newest = self.session_states_cache.get(session.session_id)
        if newest is not None and _shown(newest) == _shown(session):
            tell_all(self._state_viewers, session.session_id, newest)

    def _tell_list(self, viewer: Callable[[Cards], object]) -> None:
        viewer(dict(self.available_sessions))


def _card(session: SGDistributedSession) -> dict[str, Any]:
    return {
        "session_id": session.session_id,
        "clientId": session.creator_client_id,
        "num_players_min": session.num_players_min,
        "num_players_max": session.num_players_max,
        "model_name": session.model_name,
        "timestamp": session.last_heartbeat.isoformat(),
    }


def _shown(session: SGDistributedSession) -> object:
    fields = session.to_dict()
    del fields["last_heartbeat"], fields["last_updated"], fields["version"]
    return fields, session.properties
