"""One's part in one session, for Qt."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from qtpy.QtCore import QObject, Signal

from headcount import streams
from headcount.core.messages import AnyAsk
from headcount.core.state import SessionState
from headcount.errors import BadInputError
from headcount.mail import Gap, Message
from headcount.qt.courier import Port
from headcount.qt.desk import Desk, Seat
from headcount.qt.line import Line
from headcount.surface import AnyBroker, AnySession
from headcount.updates import Updater


class QtSession(QObject):
    """A session as windows use it; made by `QtBroker.create`, `join` or `watch`.

    It is being entered from the beginning on. Every command returns at once and is answered by
    one signal, whose `word` is the command's name; what is asked before one is in waits for that.

    Signals:
        accepted(word, version): a command was applied, and `state` has it.
        refused(word, code, message): it was not; `code` is one of the protocol's codes.
        state_changed(state): a later `SessionState`.
        countdown(seconds): whole seconds until the start, 0 at the start, None if cancelled.
        message(item): an application message, or the `Gap` where some are missing.
        link_changed(up): one's own connection was lost or restored.
        closed(reason): it is over for us, and why.
    """

    accepted = Signal(str, int)
    refused = Signal(str, str, str)
    state_changed = Signal(object)
    countdown = Signal(object)
    message = Signal(object)
    link_changed = Signal(bool)
    closed = Signal(str)

    def __init__(
        self,
        line: Line,
        desk: Desk,
        client_id: str,
        word: str,
        make: Callable[[AnyBroker], AnySession],
    ) -> None:
        super().__init__()
        self.client_id = client_id
        """One's own client id."""
        self.state: SessionState | None = None
        """The newest state that was told; None before the first."""
        self.closed_reason: str | None = None
        """Why it is over for us, or None while it is not."""
        self.is_over = False
        """Whether nothing can be done with it any more: over, or never entered."""
        self._line = line
        self._port = Port(self)
        self._entry = word
        self._seat = Seat(desk, make, self._port)
        line.ask(word, self._seat.enter, self._port)

    # --- what can be read --------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The session's id; empty before it was entered."""
        return "" if self.state is None else self.state.session_id

    @property
    def count(self) -> int:
        """How many instances are connected."""
        return 0 if self.state is None else self.state.count

    @property
    def is_host(self) -> bool:
        """Whether this instance hosts the session."""
        return self.state is not None and self.state.host_client_id == self.client_id

    @property
    def role(self) -> str | None:
        """One's own role, or None."""
        member = None if self.state is None else self.state.members.get(self.client_id)
        return None if member is None else member.role

    @property
    def seed(self) -> int:
        """The random seed that all share.

        Raises:
            BadInputError: the session was not entered yet.
        """
        if self.state is None:
            raise BadInputError("wait for `accepted`: the session was not entered yet")
        return self.state.seed

    def rng(self, name: str = "") -> random.Random:
        """Return a generator that gives every instance the same numbers; see `streams.rng`."""
        return streams.rng(self.seed, name)

    # --- what may be asked -------------------------------------------------------------------

    def leave(self) -> None:
        """Leave; also what one is still about to enter. A host closes it, or hands it over."""
        self._line.ask("leave", self._seat.part, self._port)

    def set_ready(self, ready: bool = True) -> None:
        """Say whether one is ready to start."""
        self._command("set_ready", lambda session: session.set_ready(ready))

    def claim_role(self, role: str) -> None:
        """Take a role, giving up the one that one has; refused with `ROLE_TAKEN`."""
        self._command("claim_role", lambda session: session.claim_role(role))

    def release_role(self) -> None:
        """Give one's role up."""
        self._command("release_role", lambda session: session.release_role())

    def start(self, countdown: float = 0.0) -> None:
        """Start the session, at once or after `countdown` seconds. Only the host may."""
        self._command("start", lambda session: session.start(countdown))

    def cancel(self) -> None:
        """Stop a countdown. Only the host may."""
        self._command("cancel", lambda session: session.cancel())

    def kick(self, client_id: str) -> None:
        """Take a member's seat away, for good. Only the host may."""
        self._command("kick", lambda session: session.kick(client_id))

    def close(self) -> None:
        """End the session for everyone. Only the host may."""
        self._command("close", lambda session: session.close())

    def update(self, change: Updater, max_retries: int = 3) -> None:
        """Change the properties; `change` is called in the background, and more than once."""
        self._command("update", lambda session: session.update(change, max_retries))

    def request(self, ask: AnyAsk, word: str = "request") -> None:
        """Ask the host for anything; `word` tells its answer from those to others."""
        self._command(word, lambda session: session.request(ask))

    def send(self, payload: Any) -> None:
        """Send an application message to all members; refused if it did not leave."""
        self._command("send", partial(_send, payload))

    def _command(self, word: str, work: Callable[[AnySession], Awaitable[int]]) -> None:
        self._line.ask(word, partial(self._seat.command, work), self._port)

    # --- what the background tells -----------------------------------------------------------

    def accept(self, word: str, version: int) -> None:
        """Pass on that a command was applied."""
        self.accepted.emit(word, version)

    def refuse(self, word: str, code: str, message: str) -> None:
        """Pass on that a command was not applied; without the first one it is over."""
        self.is_over = self.is_over or word == self._entry
        self.refused.emit(word, code, message)

    def changed(self, state: SessionState) -> None:
        """Take a later state."""
        self.state = state
        self.state_changed.emit(state)

    def counted(self, seconds: int | None) -> None:
        """Pass on the countdown."""
        self.countdown.emit(seconds)

    def linked(self, up: bool) -> None:
        """Pass on what became of the connection."""
        self.link_changed.emit(up)

    def mailed(self, item: Message | Gap) -> None:
        """Pass on an application message."""
        self.message.emit(item)

    def ended(self, reason: str) -> None:
        """Take note that it is over."""
        self.is_over = True
        self.closed_reason = reason
        self.closed.emit(reason)


async def _send(payload: Any, session: AnySession) -> int:
    if not session.send(payload):
        raise ConnectionError("not sent: there is no connection just now")
    return session.state.version
