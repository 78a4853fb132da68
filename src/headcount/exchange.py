"""Between one runner and the sessions on it: whose notice is whose."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable

from headcount.core import events as e
from headcount.errors import CONNECTION_CLOSED, BadInputError, SessionEndedError
from headcount.links.link import Connector
from headcount.runner import Runner

Listener = Callable[[e.Notice], None]

_log = logging.getLogger("headcount")


class Exchange:
    """A runner, and who listens to what it says.

    Args:
        connector, client_id, root: as for the `Runner`.
    """

    def __init__(self, connector: Connector, client_id: str, root: str) -> None:
        self.client_id = client_id
        self.runner = Runner(connector, client_id, self._notice, root=root)
        self.list_changed: Callable[[e.SessionsListed], None] | None = None
        self._listeners: dict[str, Listener] = {}
        self._refs = itertools.count(1)
        self._started = False
        self.open = False
        """Whether it was started and not stopped."""

    @property
    def busy(self) -> bool:
        """Whether somebody still listens to a session."""
        return bool(self._listeners)

    async def start(self) -> None:
        """Connect.

        Raises:
            NoBrokerError: no address could be used.
        """
        await self.runner.start()
        self._started = self.open = True

    async def stop(self, *, goodbye: bool) -> None:
        """Disconnect; without a goodbye where a session could not be left in time."""
        self.open = False
        await self.runner.stop(goodbye=goodbye)

    def enter(self, wanted: e.Enter | e.Found | e.Observe, listener: Listener) -> None:
        """Begin with a session, and listen to it until `forget`.

        Raises:
            BadInputError: one is in this session already, on this connection.
        """
        if wanted.session_id in self._listeners:
            raise BadInputError(
                f"already in session {wanted.session_id!r} here: leave it first, or connect again"
            )
        self._listeners[wanted.session_id] = listener
        try:
            self.tell(wanted)
        except BaseException:
            del self._listeners[wanted.session_id]
            raise

    def forget(self, session_id: str) -> None:
        """Listen to a session no longer."""
        if self.open:
            self.tell(e.Forget(session_id))
        self._listeners.pop(session_id, None)

    def next_ref(self) -> int:
        """Return a number that no command has had."""
        return next(self._refs)

    def tell(self, event: e.Input) -> None:
        """Hand a wish of the application to the machine.

        Raises:
            SessionEndedError: the connection to the broker was closed.
            BadInputError: it was never made.
        """
        if not self._started:
            raise BadInputError("connect first: async with headcount.connect() as broker")
        if not self.open:
            raise SessionEndedError("left", CONNECTION_CLOSED)
        self.runner.tell(event)

    def count(self, metric: str, amount: int = 1) -> None:
        """Add to a metric."""
        self.runner.counters[metric] += amount

    def _notice(self, notice: e.Notice) -> None:
        match notice:
            case e.LinkChanged():
                for listener in list(self._listeners.values()):
                    listener(notice)
            case e.SessionsListed():
                if self.list_changed is not None:
                    self.list_changed(notice)
            case e.Swept():
                _log.info("cleared what was left of session %s: %s", notice.session_id, notice.why)
            case _:
                concerned = self._listeners.get(notice.session_id)
                if concerned is not None:
                    concerned(notice)
