"""Who wants to be told what of sessions: by id, as callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from headcount.core.state import SessionState
from headcount.sge.session import SGDistributedSession
from headcount.sge.translation import session_of

SessionCallback = Callable[[SGDistributedSession], object]
ReservationCallback = Callable[[str, str, str], object]


class SessionFollowers:
    """Those who follow sessions: each is told every change once, and the closing at last."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[SessionCallback]] = {}
        self._told: dict[str, SessionState] = {}

    def add(self, session_id: str, callback: SessionCallback) -> None:
        """Follow a session from now on."""
        self._callbacks.setdefault(session_id, []).append(callback)
        if session_id in self._told:
            callback(session_of(self._told[session_id]))

    def look(self, states: Mapping[str, SessionState]) -> None:
        """Tell of what is another than before, and of those that are gone."""
        for session_id in self._callbacks:
            state, before = states.get(session_id), self._told.get(session_id)
            if state is not None and (before is None or not state.same_as(before)):
                self._told[session_id] = state
                self._tell(session_id, session_of(state))
            elif state is None and before is not None:
                del self._told[session_id]
                over = session_of(before)
                over.state = "closed"
                self._tell(session_id, over)

    def _tell(self, session_id: str, session: SGDistributedSession) -> None:
        for callback in list(self._callbacks[session_id]):
            callback(session)


class Players:
    """Who has which player's role in the session one is in, and who wants to know."""

    def __init__(self, came: Callable[[str], object], gone: Callable[[str], object]) -> None:
        self._came, self._gone = came, gone
        self._callbacks: dict[str, list[ReservationCallback]] = {}
        self._holders: dict[str, str] = {}
        self._session_id = ""

    def add(self, session_id: str, callback: ReservationCallback) -> None:
        """Tell of reservations in a session, of those there are to begin with."""
        self._callbacks.setdefault(session_id, []).append(callback)
        for player, client_id in self._holders.items() if session_id == self._session_id else ():
            callback(client_id, player, "reserve")

    def look(self, state: SessionState) -> None:
        """Tell who has come by a role, and who has lost his."""
        before, now = self._holders, holders(state)
        if state.session_id != self._session_id:
            before = {}
        self._session_id, self._holders = state.session_id, now
        for player, client_id in before.items():
            if now.get(player) != client_id:
                self._gone(player)
                self._tell(client_id, player, "release")
        for player, client_id in now.items():
            if before.get(player) != client_id:
                self._came(player)
                self._tell(client_id, player, "reserve")

    def _tell(self, client_id: str, player: str, action: str) -> None:
        for callback in list(self._callbacks.get(self._session_id, ())):
            callback(client_id, player, action)


def holders(state: SessionState) -> dict[str, str]:
    """Return who has which role."""
    return {
        member.role: client_id
        for client_id, member in state.members.items()
        if member.role is not None
    }
