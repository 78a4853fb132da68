"""The API for Qt: calls that return at once, and signals that bring what becomes of them.

::

    broker = QtBroker("mqtt://127.0.0.1:1883")
    broker.open()
    session = broker.create("Sea Zones", seats=(2, 4))
    session.state_changed.connect(lambda state: label.setText(str(state.count)))

The broker is talked to in a thread of its own, so a window that computes for a while keeps its
seat. All signals are emitted in the thread that the `QtBroker` was made in, in the order in
which things happened; no call waits for the broker.
"""

from __future__ import annotations

import atexit
import contextlib
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Protocol, Unpack

from qtpy.QtCore import QObject, Signal

from headcount import connection
from headcount.background import wait
from headcount.core.state import SessionState
from headcount.errors import HeadcountError, SessionEndedError
from headcount.options import ConnectOptions, CreateOptions, JoinOptions
from headcount.qt.courier import Port
from headcount.qt.desk import Desk
from headcount.qt.line import Line
from headcount.qt.session import QtSession
from headcount.surface import AnyBroker, AnySession

AT_EXIT = 3.0
"""The most that leaving may take when the program ends, in seconds."""

_open: set[QtBroker] = set()


class Connect(Protocol):
    """Makes a connection, not opened yet; see `headcount.connect`."""

    def __call__(
        self, url: str | Sequence[str] | None = None, **options: Unpack[ConnectOptions]
    ) -> AnyBroker:
        """Return it."""


class QtBroker(QObject):
    """One client's connection to a broker.

    Args:
        url: as for `headcount.connect`.
        connect: makes the connection; `headcount.sge.connect` meets existing instances of SGE
            as well.
        parent: what it belongs to.
        options: those of `headcount.connect`.

    Signals:
        accepted(word, version): `open` succeeded.
        refused(word, code, message): it did not; the message says why. It may be tried again.
        link_changed(up): the connection is there, was lost, or is back.
        warned(message): what this broker cannot carry, for people, once it is connected.
        sessions_changed(sessions): the list of live sessions, after `follow_sessions`.
        closed(reason): the connection was closed; nothing more comes.
    """

    accepted = Signal(str, int)
    refused = Signal(str, str, str)
    link_changed = Signal(bool)
    warned = Signal(str)
    sessions_changed = Signal(object)
    closed = Signal(str)

    def __init__(
        self,
        url: str | Sequence[str] | None = None,
        *,
        connect: Connect = connection.connect,
        parent: QObject | None = None,
        **options: Unpack[ConnectOptions],
    ) -> None:
        super().__init__(parent)
        given = options.get("client_id")
        self.client_id = f"client-{secrets.token_hex(5)}" if given is None else given
        """One's own id."""
        self.is_up = False
        """Whether there is a connection, as far as was told by `link_changed`."""
        self.address = ""
        """The address of the broker that answered last, without a password."""
        self.sessions: list[SessionState] = []
        """The live sessions, as told by `sessions_changed`."""
        options["client_id"] = self.client_id
        self._connect = partial(connect, url, **options)
        self._line = Line()
        self._port = Port(self)
        self._desk = Desk(self._connect, self._port)
        self._sessions: list[QtSession] = []
        self._closing: Future[None] | None = None

    # --- connecting --------------------------------------------------------------------------

    def open(self) -> None:
        """Connect; `accepted("open", …)` or `refused("open", …)` answers."""
        if self not in _open:
            self._closing = None
            self._desk = Desk(self._connect, self._port)
            self._line.start()
            _open.add(self)
            self._line.begin(self._desk.open())

    def close(self) -> None:
        """Leave all sessions and disconnect; `closed` tells when that is done."""
        if self in _open and self._closing is None:
            self._closing = self._line.begin(self._desk.close())

    def follow_sessions(self) -> None:
        """Keep `sessions`, from now on; once more to have all of it confirmed anew."""
        with contextlib.suppress(SessionEndedError):
            self._line.begin(self._desk.follow())

    def unfollow_sessions(self) -> None:
        """Keep `sessions` no longer."""
        with contextlib.suppress(SessionEndedError):
            self._line.begin(self._desk.unfollow())

    # --- sessions ----------------------------------------------------------------------------

    def create(self, model_name: str, **options: Unpack[CreateOptions]) -> QtSession:
        """Create a session and enter it as its host; see `headcount.Broker.create`.

        The session's `accepted("create", …)` or `refused("create", …)` answers.
        """
        return self._enter("create", lambda broker: broker.create(model_name, **options))

    def join(self, id: str, **options: Unpack[JoinOptions]) -> QtSession:
        """Join a session; see `headcount.Broker.join`. The word of the answer is `join`."""
        return self._enter("join", lambda broker: broker.join(id, **options))

    def watch(self, id: str) -> QtSession:
        """Look at a session without a seat in it. The word of the answer is `watch`."""
        return self._enter("watch", lambda broker: broker.watch(id))

    def _enter(self, word: str, make: Callable[[AnyBroker], AnySession]) -> QtSession:
        self._sessions = [session for session in self._sessions if not session.is_over]
        session = QtSession(self._line, self._desk, self.client_id, word, make)
        self._sessions.append(session)
        return session

    # --- what the background tells -----------------------------------------------------------

    def accept(self, word: str, version: int) -> None:
        """Pass on that it went well."""
        self.accepted.emit(word, version)

    def refuse(self, word: str, code: str, message: str) -> None:
        """Give the thread up, so that one may try again."""
        if self in _open and self._closing is None:
            _open.discard(self)
            self._line.stop()
        self.refused.emit(word, code, message)

    def link(self, up: bool, address: str) -> None:
        """Take note of the connection."""
        self.address = address
        if up is not self.is_up:
            self.is_up = up
            self.link_changed.emit(up)

    def warn(self, message: str) -> None:
        """Pass on what does not work here."""
        self.warned.emit(message)

    def listed(self, sessions: list[SessionState]) -> None:
        """Take a list of sessions."""
        self.sessions = sessions
        self.sessions_changed.emit(list(sessions))

    def ended(self) -> None:
        """Take note that the connection was closed."""
        _open.discard(self)
        self._line.stop()
        self.link(False, self.address)
        self.closed.emit("left")

    def finish(self) -> None:
        """Leave what a program forgot to leave, when it ends."""
        self.close()
        if self._closing is not None:
            wait(self._closing, AT_EXIT)


@atexit.register
def _leave_all() -> None:
    for broker in list(_open):
        with contextlib.suppress(HeadcountError, TimeoutError, OSError):
            broker.finish()
