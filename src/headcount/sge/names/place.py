"""Where one instance is: its connection, the sessions there, and the one it is in."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtCore import QObject, Signal

from headcount.core.messages import AnyAsk, Code
from headcount.core.state import SessionState
from headcount.errors import (
    CONNECTION_CLOSED,
    HeadcountError,
    RequestRefusedError,
    SessionEndedError,
)
from headcount.qt.bridge import QtBroker
from headcount.qt.session import QtSession
from headcount.qt.waiting import answer_to, until
from headcount.sge.broker import connect
from headcount.sge.config import url
from headcount.sge.names.model import name_of, players_of
from headcount.sge.names.mqtt import SGMQTTManager
from headcount.sge.visiting.visitor import MAX_SEED

ANSWERS = 10.0
"""How long a call waits for the broker or the host, in seconds."""
CATCHING_UP = 1.0
"""How long the list may take to know that one has left, in seconds."""
LISTED = 1.2
"""How long the list of sessions takes to be complete, in seconds."""
GOES_ON = {"left", "kicked", "replaced", "link_lost", "broker_gone"}
"""Why a session may be over for oneself alone."""


class Place(QObject):
    """One connection and one session on it, as plain calls; the windows live on meanwhile.

    So a call may come while another one waits: all share one connection, one session is entered
    at a time, and `disconnect_broker` ends what still waits.

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
        self._opening: QtBroker | None = None
        self._entering = False
        self._numbers = itertools.count(1)

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
        broker = self.broker or self._open()
        until(lambda: self._knows_list or self.broker is not broker, LISTED)
        if self.broker is not broker:
            raise SessionEndedError("left", CONNECTION_CLOSED)
        return broker

    def _open(self) -> QtBroker:
        """Connect, or wait with another call that does."""
        broker = self._opening
        if broker is None:
            made = partial(connect, roles=players_of(self._model), fresh=True)
            where = url(self._mqtt.broker_host, self._mqtt.broker_port)
            broker = QtBroker(where, client_id=self.client_id, connect=made)
            broker.accepted.connect(self._opened)
            self._opening = broker
        try:
            answer_to(broker, "open", broker.open, ANSWERS)
        except HeadcountError as error:
            if self._opening is not broker:
                raise SessionEndedError("left", CONNECTION_CLOSED) from error
            self._opening = None
            broker.close()
            raise
        return broker

    def _opened(self, word: str, version: int) -> None:
        """Take the connection over as soon as it is there, whoever waits for it."""
        if self._opening is not None and self._opening.is_up:
            self.adopt(self._opening, None)

    def adopt(self, broker: QtBroker, session: QtSession | None) -> None:
        """Go on with a connection, and with a session that a window has entered."""
        if self.broker is not broker:
            if self._opening is broker:
                self._opening = None
            self.disconnect_broker()
            self.broker, self._knows_list = broker, False
            broker.sessions_changed.connect(self._listed)
            broker.follow_sessions()
        if session is not None:
            self._take(session)

    def disconnect_broker(self) -> None:
        """Leave the session, and the broker. Twice changes nothing."""
        broker, self.broker, self.session = self.broker, None, None
        opening, self._opening = self._opening, None
        if broker is not None:
            broker.sessions_changed.disconnect(self._listed)
            broker.close()
        if opening is not None:
            opening.close()

    # --- what is known -----------------------------------------------------------------------

    def is_in(self, session_id: str) -> bool:
        """Tell whether one is in this session."""
        session = self.session
        return session is not None and session.id == session_id and not session.is_over

    def states(self) -> dict[str, SessionState]:
        """Return the newest states of the live sessions, by id."""
        listed = self.broker.sessions if self.broker is not None else []
        found = {state.session_id: state for state in listed if not self._is_past(state)}
        session = self.session
        if session is not None and session.state is not None and not session.is_over:
            found[session.id] = session.state
        return found

    def _is_past(self, listed: SessionState) -> bool:
        """Tell whether the list does not know yet that one's own session is over for all."""
        session = self.session
        if session is None or session.state is None or session.closed_reason in (None, *GOES_ON):
            return False
        last = session.state
        return listed.session_uid == last.session_uid and not listed.supersedes(last)

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
        name = model_name or name_of(self._model)
        drawn = seed or random.SystemRandom().randint(1, MAX_SEED)

        def make(broker: QtBroker) -> QtSession:
            return broker.create(name, id=session_id, seats=seats, seed=drawn)

        return self._enter("create", make)

    def join(self, session_id: str) -> QtSession:
        """Join a session, or stay in it.

        Raises:
            RequestRefusedError: it is full, it has started, or one is in another one.
        """
        if self.session is not None and self.is_in(session_id):
            return self.session
        return self._enter("join", lambda broker: broker.join(session_id))

    def ask(self, session_id: str, ask: AnyAsk) -> None:
        """Ask the host of a session for something, and wait until it is done.

        Raises:
            RequestRefusedError: the host said no, or one is not in it.
        """
        session = self.session
        if session is None or not self.is_in(session_id):
            raise RequestRefusedError(Code.NOT_MEMBER, f"join session {session_id!r} first")
        word = f"request {next(self._numbers)}"
        answer_to(session, word, partial(session.request, ask, word), ANSWERS)

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
        said = ""
        if self._entering:
            said = "a session is just being entered: wait for that"
        elif self.session is not None and not self.session.is_over:
            said = f"leave session {self.session.id!r} first"
        if said:
            raise RequestRefusedError(Code.NOT_ALLOWED, said)

    def _enter(self, word: str, make: Callable[[QtBroker], QtSession]) -> QtSession:
        self._alone()
        self._entering = True
        try:
            broker = self.connected()
            session = make(broker)
            self._wait_for(session, word)
        finally:
            self._entering = False
        if self.broker is not broker:
            raise SessionEndedError("left", CONNECTION_CLOSED)
        self._take(session)
        return session

    def _wait_for(self, session: QtSession, word: str) -> None:
        try:
            # It is being entered from the beginning on: there is nothing more to ask for.
            answer_to(session, word, lambda: None, ANSWERS)
        except HeadcountError:
            if not session.is_over:
                session.leave()
            raise

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
        if self.session is not None and state is self.session.state:
            self.changed.emit(state)

    def _ended(self, reason: str) -> None:
        if self.session is not None and self.session.is_over and self.session.state is not None:
            self.ended.emit(self.session.state)

    def _listed(self, sessions: list[SessionState]) -> None:
        self._knows_list = True
        self.listed.emit(sessions)
