"""`SGDistributedSessionManager`: one instance's sessions, as plain calls and signals of Qt.

A call that has to wait lets the windows live on meanwhile. Everything that concerns a session
one is in goes through its host, so two instances never write over each other.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, Signal

from headcount.core.messages import Code, Role
from headcount.core.names import is_name
from headcount.core.state import SessionState
from headcount.errors import ConflictError, HeadcountError, RequestRefusedError
from headcount.qt.bridge import QtBroker
from headcount.qt.session import QtSession
from headcount.qt.waiting import until
from headcount.sge.names.changes import Changes, Updater, changes, check, updated
from headcount.sge.names.followers import (
    Players,
    ReservationCallback,
    SessionCallback,
    SessionFollowers,
    holders,
    tell_all,
)
from headcount.sge.names.mqtt import SGMQTTManager
from headcount.sge.names.place import Place
from headcount.sge.names.topics import is_under, session_topics
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.translation import session_of

Sessions = dict[str, SGDistributedSession]
PASSING = {"last_heartbeat", "last_updated", "version"}
"""What moves with every change, and so says nothing of a conflict."""


class SGDistributedSessionManager(QObject):
    """Creates, finds, joins and changes sessions of either protocol.

    Args:
        model: the model; its players are the roles of the sessions it creates.
        mqtt_manager: tells who one is and where the broker is.

    Signals:
        playerConnected(player): somebody has taken a player's role.
        playerDisconnected(player): nobody has it any more.
        seedReceived(seed): the seed that all share is known.
    """

    playerConnected = Signal(str)
    playerDisconnected = Signal(str)
    seedReceived = Signal(int)

    def __init__(self, model: Any, mqtt_manager: SGMQTTManager) -> None:
        super().__init__()
        self.model = model
        self.mqtt_manager = mqtt_manager
        self._place = Place(model, mqtt_manager)
        self._followers = SessionFollowers()
        self._players = Players(self.playerConnected.emit, self.playerDisconnected.emit)
        self._viewers: list[Callable[[Sessions], object]] = []
        self._seed: int | None = None
        self._place.changed.connect(self._changed)
        self._place.ended.connect(self._ended)
        self._place.listed.connect(self._listed)

    @property
    def session(self) -> QtSession | None:
        """The session one is in, or was in last, as windows use it."""
        return self._place.session

    @property
    def client_id(self) -> str:
        """Who one is."""
        return self._place.client_id

    def adopt(self, broker: QtBroker, session: QtSession) -> None:
        """Go on with the connection and the session that a window has opened."""
        self._place.adopt(broker, session)

    def disconnect(self) -> None:  # type: ignore[override]  # the name is SGE's
        """Leave the session, and the broker. Twice changes nothing."""
        self._seed = None
        self._place.disconnect_broker()

    # --- the state of a session (S10, S18) ---------------------------------------------------

    def publishSession(
        self,
        session_id: str,
        num_players_min: int,
        num_players_max: int,
        model_name: str | None = None,
    ) -> None:
        """Create a session and host it; one that one is in stays as it is.

        Raises:
            RequestRefusedError: a session of this id is alive, or one is in another one.
        """
        if not self._place.is_in(session_id):
            self._place.create(session_id, (num_players_min, num_players_max), model_name)

    def publishSessionState(self, session: SGDistributedSession) -> None:
        """Bring a session about as it is given: create, join, leave, start, close or change it.

        Raises:
            RequestRefusedError: the host said no; `ConflictError` if somebody was first.
        """
        own = self.client_id
        known = self.readSessionState(session.session_id)
        if known is None:
            if session.is_closed():
                return
            if not session.is_creator(own):
                raise _no_session(session.session_id)
            seats = session.num_players_min, session.num_players_max
            self._place.create(session.session_id, seats, session.model_name)
            known = self._sessions()[session.session_id]
        wanted = copy.copy(session)
        wanted.created_at = known.created_at
        # Who else is in it is up to each of them, and may have changed since it was read.
        others = [each for each in known.connected_instances if each != own]
        mine = [own] if own in session.connected_instances else []
        wanted.connected_instances = [*others, *mine]
        self._apply(session.session_id, changes(known, wanted, own))

    def readSessionState(
        self, session_id: str, timeout: float = 2.0
    ) -> SGDistributedSession | None:
        """Return a session as it is now, or None where none of this id is alive.

        Args:
            session_id: the session's id.
            timeout: how long to look for one that is not known yet, in seconds.
        """
        self._place.connected()
        until(lambda: session_id in self._place.states(), timeout)
        return self._session(session_id)

    def subscribeToSessionState(self, session_id: str, callback: SessionCallback) -> None:
        """Call `callback(session)` with what a session is, and at every change; closed at last."""
        self._place.connected()
        self._followers.add(session_id, callback)
        self._followers.look(self._place.states())

    def updateSessionState(
        self, session_id: str, updater: Updater, max_retries: int = 3
    ) -> SGDistributedSession:
        """Read, change and write a session, so that nobody's change is lost (S18).

        Args:
            session_id: the session's id.
            updater: changes the session it is given. When somebody else was first with the
                same field, it is called again with the newest state.
            max_retries: how often again at most.

        Returns:
            The session with the change.

        Raises:
            ConflictError: others were first each time; it says what has moved.
            RequestRefusedError: the host said no, or there is no such session.
            BadInputError: the updater changed what cannot be changed so.
        """
        check(updater, max_retries)
        for left in reversed(range(max_retries + 1)):
            before = self.readSessionState(session_id)
            if before is None:
                raise _no_session(session_id)
            after = updated(before, updater)
            wanted = changes(before, after, self.client_id)
            try:
                self._apply(session_id, wanted)
            except RequestRefusedError as refused:
                if refused.code is not Code.CONFLICT:
                    raise
                if not left:
                    raise self._conflict(before, refused) from refused
            else:
                # Of a session that one has left one may hear late, or nothing more.
                return (None if wanted.leaves else self._session(session_id)) or after
        raise AssertionError("the last try returns or raises")

    def _conflict(
        self, before: SGDistributedSession, refused: RequestRefusedError
    ) -> ConflictError:
        """Return the error that says which values have moved, and to what."""
        now = self._session(before.session_id)
        read, there = vars(before), {} if now is None else vars(now)
        moved = {name: there[name] for name in there.keys() - PASSING if there[name] != read[name]}
        return ConflictError(refused.message, moved)

    def _apply(self, session_id: str, wanted: Changes) -> None:
        if wanted.joins:
            self._place.join(session_id)
        if wanted.patch is not None:
            self._place.ask(session_id, wanted.patch)
        for ask in wanted.asks:
            self._place.ask(session_id, ask)
        if wanted.leaves:
            self._place.leave(session_id)

    # --- finding and entering sessions -------------------------------------------------------

    def discoverSessions(self, callback: Callable[[Sessions], object] | None = None) -> Sessions:
        """Return the live sessions by id; `callback` gets them at every change from now on."""
        self._place.connected()
        if callback is not None:
            self._viewers.append(callback)
        return self._sessions()

    def syncSeed(
        self,
        session_id: str,
        shared_seed: int | None = None,
        timeout: float = 2.0,
        initial_wait: float = 1.0,
        client_id_callback: Callable[[str], object] | None = None,
    ) -> int:
        """Return the seed that all of a session share; join it, or create it, if need be.

        Args:
            session_id: the session's id.
            shared_seed: the seed, where one creates it; drawn by default.
            timeout: how long to look for the session, in seconds.
            initial_wait: taken, and not needed: the session's state tells the seed.
            client_id_callback: gets the ids of all who are connected.

        Raises:
            RequestRefusedError: it is full, or it has started.
        """
        if not self._place.is_in(session_id):
            if self.readSessionState(session_id, timeout) is not None:
                self._place.join(session_id)
            else:
                self._place.create(session_id, (1, None), seed=shared_seed)
        state = self._place.states().get(session_id)
        if state is None:
            raise _no_session(session_id)
        if client_id_callback is not None:
            for client_id in state.connected_instances:
                client_id_callback(client_id)
        return state.seed

    # --- players -----------------------------------------------------------------------------

    def registerPlayer(
        self, session_id: str, player_name: str, num_players_min: int, num_players_max: int
    ) -> bool:
        """Take a player's role, if one has not got it; return whether one has it now."""
        return self.reservePlayer(session_id, player_name)

    def reservePlayer(self, session_id: str, player_name: str) -> bool:
        """Take a player's role; of two who want it one gets it. Return whether one has it."""
        if not isinstance(player_name, str) or not is_name(player_name):
            return False
        if self._has(session_id, player_name):
            return True
        try:
            self._place.ask(session_id, Role(player_name))
        except HeadcountError:
            return False
        return True

    def releasePlayer(self, session_id: str, player_name: str) -> bool:
        """Give a player's role up; return whether one had it."""
        if player_name is None or not self._has(session_id, player_name):
            return False
        self._place.ask(session_id, Role(None))
        return True

    def subscribeToPlayerReservations(self, session_id: str, callback: ReservationCallback) -> None:
        """Call `callback(client_id, player, action)` for those there are and at every change.

        The action is `reserve` or `release`.
        """
        self._players.add(session_id, callback)

    def getConnectedPlayers(self, session_id: str) -> list[str]:
        """Return the players whose role somebody has taken."""
        state = self._place.states().get(session_id)
        return [] if state is None else sorted(holders(state))

    def isPlayerNameAvailable(self, session_id: str, player_name: str) -> bool:
        """Tell whether a player's role is free."""
        state = self._place.states().get(session_id)
        if state is None or player_name not in (state.roles or [player_name]):
            return False
        return state.role_holder(player_name) is None

    def waitForPlayers(
        self,
        session_id: str,
        num_players_min: int,
        num_players_max: int,
        timeout: float = 30.0,
    ) -> bool:
        """Let the windows live until enough players are connected; return whether they are.

        Args:
            session_id: the session's id.
            num_players_min: so many are enough.
            num_players_max: there will not be more.
            timeout: how long to wait, in seconds.
        """
        return until(lambda: len(self.getConnectedPlayers(session_id)) >= num_players_min, timeout)

    def _has(self, session_id: str, player_name: str) -> bool:
        session = self._place.session
        return session is not None and self._place.is_in(session_id) and session.role == player_name

    # --- topics ------------------------------------------------------------------------------

    def getSessionTopics(self, session_id: str) -> list[str]:
        """Return the topics of a session; scripts know them by their places in this list."""
        return session_topics(session_id)

    def isSessionTopic(self, topic: str, session_id: str) -> bool:
        """Tell whether a topic is one of a session."""
        return is_under(topic, session_topics(session_id))

    # --- what happens ------------------------------------------------------------------------

    def _session(self, session_id: str) -> SGDistributedSession | None:
        state = self._place.states().get(session_id)
        return None if state is None else session_of(state)

    def _sessions(self) -> Sessions:
        return {id: session_of(state) for id, state in self._place.states().items()}

    def _changed(self, state: SessionState) -> None:
        if state.seed != self._seed:
            self._seed = state.seed
            self.seedReceived.emit(state.seed)
        self._players.look(state)
        self._followers.look(self._place.states())

    def _ended(self, state: SessionState) -> None:
        self._seed = None
        self._followers.look(self._place.states())

    def _listed(self, sessions: list[SessionState]) -> None:
        self._followers.look(self._place.states())
        if self._viewers:
            tell_all(self._viewers, self._sessions())


def _no_session(session_id: str) -> RequestRefusedError:
    return RequestRefusedError(Code.NOT_FOUND, f"there is no live session {session_id!r}")
