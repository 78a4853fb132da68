"""Where one instance is: its connection, the sessions there, and the one it is in."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from qtpy.QtCore import QObject, Signal

from headcount.core.messages import AnyAsk, Code
from headcount.core.state import SessionState
from headcount.errors import RequestRefusedError
from headcount.qt.bridge import QtBroker
from headcount.qt.session import QtSession
from headcount.qt.waiting import answer_to, until
from headcount.sge.broker import connect
from headcount.sge.names.model import name_of, players_of
from headcount.sge.names.mqtt import SGMQTTManager
from headcount.sge.visitor import MAX_SEED

ANSWERS = 10.0
"""How long a call waits for the broker or the host, in seconds."""
CATCHING_UP = 1.0
"""How long the list may take to know that one has left, in seconds."""
LISTED = 1.2
"""How long the list of sessions takes to be complete, in seconds."""


class Place(QObject):
    """One connection and one session on it, as plain calls; the windows live on meanwhile.

    Args:
        model: the model; its players are the roles of the sessions it creates.
        mqtt_manager: tells who one is and where the broker is.

    Signals:
        changed(state): a later state of the session one is in.
        ended(state): it is over; its last state.
        listed(sessions): the live sessions.
    """

    changed = Signal(object)
    ended = Signal(object)
    listed = Signal(object)

    def __init__(self, model: Any, mqtt_manager: SGMQTTManager) -> None:
        super().__init__()
        self._model = model
        self._mqtt = mqtt_manager
        self.broker: QtBroker | None = None
        """The connection, once there is one."""
        self.session: QtSession | None = None
        """The session one is in, or was in last."""
        self._knows_list = False

    @property
    def client_id(self) -> str:
        """Who one is."""
        return self._mqtt.clientId

    # --- connecting --------------------------------------------------------------------------

    def connected(self) -> QtBroker:
        """Return the connection, and make it first if there is none.

        Raises:
            HeadcountError: there is no broker; the message says why and what to do.
        """
        if self.broker is None:
            made = partial(connect, roles=players_of(self._model))
            where = f"mqtt://{self._mqtt.broker_host}:{self._mqtt.broker_port}"
            broker = QtBroker(where, client_id=self.client_id, connect=made)
            answer_to(broker, "open", broker.open, ANSWERS)
            self.adopt(broker, None)
            until(lambda: self._knows_list, LISTED)
        assert self.broker is not None
        return self.broker

    def adopt(self, broker: QtBroker, session: QtSession | None) -> None:
        """Go on with a connection, and with a session that a window has entered."""
        if self.broker is not broker:
            self.disconnect_broker()
            self.broker, self._knows_list = broker, False
            broker.sessions_changed.connect(self._listed)
            broker.follow_sessions()
        if session is not None:
            self._take(session)

    def disconnect_broker(self) -> None:
        """Leave the session, and the broker. Twice changes nothing."""
        broker, self.broker, self.session = self.broker, None, None
        if broker is not None:
            broker.close()

    # --- what is known -----------------------------------------------------------------------

    def is_in(self, session_id: str) -> bool:
        """Tell whether one is in this session."""
        session = self.session
        return session is not None and session.id == session_id and not session.is_over

    def states(self) -> dict[str, SessionState]:
        """Return the newest states of the live sessions, by id."""
        listed = self.broker.sessions if self.broker is not None else []
        found = {state.session_id: state for state in listed}
        session = self.session
        if session is not None and session.state is not None and not session.is_over:
            found[session.id] = session.state
        return found

    # --- entering, asking, leaving -----------------------------------------------------------

    def create(
        self,
        session_id: str,
        seats: tuple[int, int | None],
        model_name: str | None = None,
        seed: int | None = None,
    ) -> QtSession:
        """Create a session and host it.

        Raises:
            RequestRefusedError: a session of this id is alive, or one is in another one.
        """
        self._alone()
        name = model_name or name_of(self._model)
        drawn = seed or random.SystemRandom().randint(1, MAX_SEED)
        session = self.connected().create(name, id=session_id, seats=seats, seed=drawn)
        return self._enter(session, "create")

    def join(self, session_id: str) -> QtSession:
        """Join a session, or stay in it.

        Raises:
            RequestRefusedError: it is full, it has started, or one is in another one.
        """
        if self.session is not None and self.is_in(session_id):
            return self.session
        self._alone()
        return self._enter(self.connected().join(session_id), "join")

    def ask(self, session_id: str, ask: AnyAsk) -> None:
        """Ask the host of a session for something, and wait until it is done.

        Raises:
            RequestRefusedError: the host said no, or one is not in it.
        """
        session = self.session
        if session is None or not self.is_in(session_id):
            raise RequestRefusedError(Code.NOT_MEMBER, f"join session {session_id!r} first")
        answer_to(session, "request", partial(session.request, ask), ANSWERS)

    def leave(self, session_id: str) -> None:
        """Leave a session; a host closes it."""
        session = self.session
        if session is not None and self.is_in(session_id):
            answer_to(session, "leave", session.leave, ANSWERS)
            until(lambda: not self._is_counted(session_id), CATCHING_UP)

    def _is_counted(self, session_id: str) -> bool:
        state = self.states().get(session_id)
        return state is not None and self.client_id in state.connected_instances

    def _alone(self) -> None:
        if self.session is not None and not self.session.is_over:
            said = f"leave session {self.session.id!r} first"
            raise RequestRefusedError(Code.NOT_ALLOWED, said)

    def _enter(self, session: QtSession, word: str) -> QtSession:
        # It is being entered from the beginning on: there is nothing more to ask for.
        answer_to(session, word, lambda: None, ANSWERS)
        until(lambda: session.state, ANSWERS)
        self._take(session)
        return session

    def _take(self, session: QtSession) -> None:
        if session is not self.session:
            self.session = session
            self._mqtt.session_id = session.id
            session.state_changed.connect(self._changed)
            session.closed.connect(self._ended)
            if session.state is not None:
                self.changed.emit(session.state)

    # --- what happens ------------------------------------------------------------------------

    def _changed(self, state: SessionState) -> None:
        if self.session is not None and state.session_id == self.session.id:
            self.changed.emit(state)

    def _ended(self, reason: str) -> None:
        if self.session is not None and self.session.is_over and self.session.state is not None:
            self.ended.emit(self.session.state)

    def _listed(self, sessions: list[SessionState]) -> None:
        self._knows_list = True
        self.listed.emit(sessions)
