"""Who wants to be told what of sessions: by id, as callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import partial

from headcount.core.state import SessionState
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.translation import session_of

SessionCallback = Callable[[SGDistributedSession], object]
ReservationCallback = Callable[[str, str, str], object]


def tell_all(callbacks: Iterable[Callable[..., object]], *values: object) -> None:
    """Call all of them, in order; one that raises keeps no other from hearing."""
    with ExitStack() as rest:
        for callback in reversed(list(callbacks)):
            rest.callback(callback, *values)


class SessionFollowers:
    """Those who follow sessions: each is told every change once, and the closing at last.

    A callback may do all that others do, wait included: what comes meanwhile is told at once,
    and what is older then is not told any more.
    """

    def __init__(self) -> None:
        self._callbacks: dict[str, list[SessionCallback]] = {}
        self._told: dict[str, SessionState] = {}
        self._states: Mapping[str, SessionState] = {}

    def add(self, session_id: str, callback: SessionCallback) -> None:
        """Follow a session from now on."""
        self._callbacks.setdefault(session_id, []).append(callback)
        if session_id in self._told:
            callback(session_of(self._told[session_id]))

    def look(self, states: Mapping[str, SessionState]) -> None:
        """Tell of what is another than before, and of those that are gone."""
        self._states = states
        tell_all(partial(self._look_at, session_id) for session_id in self._callbacks)

    def _look_at(self, session_id: str) -> None:
        state, before = self._states.get(session_id), self._told.get(session_id)
        if state is not None and (before is None or not state.same_as(before)):
            self._told[session_id] = state
            self._tell(session_id, state, state)
        elif state is None and before is not None:
            del self._told[session_id]
            if not before.is_closed:
                self._tell(session_id, None, before)

    def _tell(self, session_id: str, state: SessionState | None, last: SessionState) -> None:
        def tell(callback: SessionCallback) -> None:
            if self._told.get(session_id) is state:
                callback(_shown(last, is_over=state is None))

        tell_all(partial(tell, callback) for callback in self._callbacks[session_id])


def _shown(state: SessionState, is_over: bool) -> SGDistributedSession:
    """Return a session of its own for each who is told, as each may change it."""
    session = session_of(state)
    if is_over:
        session.state = "closed"
    return session


class Players:
    """Who has which player's role in the session one is in, and who wants to know."""

    def __init__(self, came: Callable[[str], object], gone: Callable[[str], object]) -> None:
        self._came, self._gone = came, gone
        self._callbacks: dict[str, list[ReservationCallback]] = {}
        self._told: dict[str, str] = {}
        self._now: dict[str, str] = {}
        self._session_id = ""

    def add(self, session_id: str, callback: ReservationCallback) -> None:
        """Tell of reservations in a session, of those there are to begin with."""
        self._callbacks.setdefault(session_id, []).append(callback)
        for player, client_id in list(self._told.items()) if session_id == self._session_id else ():
            callback(client_id, player, "reserve")

    def look(self, state: SessionState) -> None:
        """Tell who has come by a role, and who has lost his."""
        if state.session_id != self._session_id:
            self._told = {}
        self._session_id, self._now = state.session_id, holders(state)
        self._tell_rest()

    def _tell_rest(self) -> None:
        """Tell one thing after the other: while a callback waits, all may be another again."""
        news = self._news()
        if news is not None:
            player, client_id, action = news
            holder = self._told.get(player)

            def tell(callback: ReservationCallback) -> None:
                if self._told.get(player) == holder:
                    callback(client_id, player, action)

            signal = partial(self._came if action == "reserve" else self._gone, player)
            told = [partial(tell, each) for each in self._callbacks.get(self._session_id, ())]
            tell_all([signal, *told, self._tell_rest])

    def _news(self) -> tuple[str, str, str] | None:
        """Return what is to be told next, and take note that it is."""
        for player, client_id in self._told.items():
            if self._now.get(player) != client_id:
                del self._told[player]
                return player, client_id, "release"
        for player, client_id in self._now.items():
            if player not in self._told:
                self._told[player] = client_id
                return player, client_id, "reserve"
        return None


def holders(state: SessionState) -> dict[str, str]:
    """Return who has which role."""
    return {
        member.role: client_id
        for client_id, member in state.members.items()
        if member.role is not None
    }
