"""The same for scripts without an event loop: plain calls that block.

::

    with headcount.blocking.connect() as broker:
        with broker.create("Sea Zones", seats=(2, 4)) as session:
            for state in session.watch():
                print(state.count)

Everything runs in a thread of its own, so a script that computes for a while keeps its seat.
Names, arguments and errors are those of `headcount.connect`, `Broker` and `Session`.
"""

from __future__ import annotations

import atexit
import contextlib
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

from headcount import connection
from headcount.background import Background, Feed
from headcount.core import events as e
from headcount.core.messages import AnyAsk
from headcount.core.state import SessionState
from headcount.errors import BadInputError, ConflictError, HeadcountError, SessionEndedError
from headcount.mail import Gap, Message
from headcount.options import ConnectOptions, CreateOptions, JoinOptions
from headcount.session import Session as AsyncSession
from headcount.updates import PATIENCE, Update, Updater
from headcount.view import View

AT_EXIT = 3.0
"""The most that leaving may take when the program ends, in seconds."""

_open: set[Broker] = set()


def connect(url: str | Sequence[str] | None = None, **options: Unpack[ConnectOptions]) -> Broker:
    """Return a connection to a broker, to be used with `with`; see `headcount.connect`."""
    return Broker(connection.connect(url, **options))


class Broker:
    """One client's connection to a broker; see `headcount.Broker`."""

    def __init__(self, broker: connection.Broker) -> None:
        self._broker = broker
        self._background: Background | None = None

    def open(self) -> Self:
        """Connect, where `with` does not suit; `close` then ends it.

        Raises:
            NoBrokerError: no address could be used; the class and the message say why.
        """
        self._background = Background()
        try:
            self._background.run(self._broker.__aenter__())
        except BaseException:
            self._background.stop()
            raise
        _open.add(self)
        return self

    def close(self, timeout: float | None = None) -> None:
        """Leave all sessions and disconnect, within about 5 s or `timeout`, in seconds."""
        if self not in _open or self._background is None:
            return
        _open.discard(self)
        try:
            self._background.run(self._broker.close(), timeout)
        finally:
            self._background.stop()

    __enter__ = open

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def client_id(self) -> str:
        """One's own id."""
        return self._broker.client_id

    @property
    def name(self) -> str:
        """One's name, where a session is given no other."""
        return self._broker.name

    @property
    def address(self) -> str:
        """The address of the broker that answered last, without a password."""
        return self._broker.address

    @property
    def is_up(self) -> bool:
        """Whether there is a connection just now."""
        return self._broker.is_up

    @property
    def counters(self) -> Mapping[str, int]:
        """What was counted on this connection, by metric."""
        return self._broker.counters

    def create(self, model_name: str, **options: Unpack[CreateOptions]) -> Session:
        """Return a new session to enter as its host; see `headcount.Broker.create`."""
        return Session(self._thread, self._broker.create(model_name, **options))

    def join(self, id: str, **options: Unpack[JoinOptions]) -> Session:
        """Return a session to enter as a member; see `headcount.Broker.join`."""
        return Session(self._thread, self._broker.join(id, **options))

    def watch(self, id: str) -> Session:
        """Return a session to look at without a seat in it."""
        return Session(self._thread, self._broker.watch(id))

    def sessions(self) -> list[SessionState]:
        """Return the live sessions, oldest first, once they are confirmed: within a second."""
        return self._thread.run(self._broker.sessions())

    def watch_sessions(self) -> Feed[list[SessionState]]:
        """Iterate over the list of live sessions: what it is at first, and every change."""
        return Feed(self._thread, self._broker.watch_sessions())

    @property
    def _thread(self) -> Background:
        if self._background is None:
            raise BadInputError("connect first: with headcount.blocking.connect() as broker")
        return self._background


class Session(View):
    """One's part in one session; see `headcount.Session`."""

    def __init__(self, background: Background, session: AsyncSession) -> None:
        self._background = background
        self._session = session

    def enter(self) -> Self:
        """Enter, where `with` does not suit; `leave` then ends it.

        Raises:
            RequestRefusedError: the host, or the lack of one, does not let us; see its code.
            SessionEndedError: the connection was lost for too long meanwhile.
        """
        self._background.run(self._session.__aenter__())
        return self

    def leave(self) -> None:
        """Leave, within 4 s; what is over already is left without a word."""
        self._background.run(self._session.leave())

    __enter__ = enter

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Whoever has closed the connection, or is about to, has left.
        with contextlib.suppress(SessionEndedError):
            self.leave()

    @property
    def id(self) -> str:
        """The session's id."""
        return self._session.id

    @property
    def client_id(self) -> str:
        """One's own client id."""
        return self._session.client_id

    @property
    def state(self) -> SessionState:
        """The newest state, whole; after the end the last one."""
        return self._session.state

    @property
    def closed_reason(self) -> str | None:
        """Why it is over for us, or None while it is not."""
        return self._session.closed_reason

    @property
    def is_open(self) -> bool:
        """Whether one is in it: entered, and it is not over."""
        return self._session.is_open

    @property
    def secret(self) -> str:
        """What takes one's seat again from another process; empty for one who looks on."""
        return self._session.secret

    def watch(self) -> Feed[SessionState]:
        """Iterate over the states, from the present one on, until the session is over."""
        return Feed(self._background, self._background.call(self._session.watch))

    def events(self) -> Feed[e.Notice]:
        """Iterate over all notices from now on; it may be called before entering."""
        return Feed(self._background, self._background.call(self._session.events))

    def messages(self) -> Feed[Message | Gap]:
        """Iterate over the application messages of all members, one's own included."""
        return Feed(self._background, self._background.call(self._session.messages))

    def request(self, ask: AnyAsk) -> int:
        """Ask the host for anything; return the version that holds it."""
        return self._background.run(self._session.request(ask))

    def update(self, change: Updater, max_retries: int = 3) -> int:
        """Change the properties, in the caller's thread; see `headcount.Session.update`."""
        update = Update(change, max_retries, time.monotonic() + PATIENCE)
        while True:
            self._session.check_open()
            patch = update.patch(self.state.properties)
            if patch is None:
                return self.state.version
            try:
                return self.request(patch)
            except ConflictError as conflict:
                update.conflicted(conflict, time.monotonic())
            time.sleep(update.pause())

    def set_ready(self, ready: bool = True) -> int:
        """Say whether one is ready to start."""
        return self._background.run(self._session.set_ready(ready))

    def claim_role(self, role: str) -> int:
        """Take a role, giving up the one that one has; refused with `ROLE_TAKEN`."""
        return self._background.run(self._session.claim_role(role))

    def release_role(self) -> int:
        """Give one's role up."""
        return self._background.run(self._session.release_role())

    def start(self, countdown: float = 0.0) -> int:
        """Start the session, at once or after `countdown` seconds. Only the host may."""
        return self._background.run(self._session.start(countdown))

    def cancel(self) -> int:
        """Stop a countdown. Only the host may."""
        return self._background.run(self._session.cancel())

    def kick(self, client_id: str) -> int:
        """Take a member's seat away, for good. Only the host may."""
        return self._background.run(self._session.kick(client_id))

    def close(self) -> int:
        """End the session for everyone. Only the host may."""
        return self._background.run(self._session.close())

    def send(self, payload: Any) -> bool:
        """Send an application message to all members; see `headcount.Session.send`."""
        return self._background.call(lambda: self._session.send(payload))


@atexit.register
def _leave_all() -> None:
    """Leave what a program forgot to leave, so that nobody waits for it."""
    for broker in list(_open):
        with contextlib.suppress(HeadcountError, TimeoutError, OSError):
            broker.close(AT_EXIT)
