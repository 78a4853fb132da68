"""A session as the application uses it: one state to read, and what may be asked.

::

    async with headcount.connect() as broker:
        async with broker.create("Sea Zones", seats=(2, 4)) as session:
            async for state in session.watch():
                print(state.count)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

from headcount import arguments
from headcount.commands import Commands
from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.state import SessionState
from headcount.errors import (
    BadInputError,
    ConflictError,
    RequestRefusedError,
    SessionEndedError,
)
from headcount.exchange import Exchange
from headcount.feeds import Checked, Feeds
from headcount.mail import Gap, Message
from headcount.updates import PATIENCE, Update, Updater
from headcount.view import View

PARTING = 4.0
"""The most leaving may take, in seconds; a survivor of a lost host stays for 3 of them."""
CATCHING_UP = 1.0
"""How long a command waits for the state that it led to, in seconds."""
AGAIN = 0.5
"""Seconds between two tries to join, for those who wait."""
ENTER_FIRST = "enter the session first: async with broker.join(id) as session"
WAITED_FOR = {m.Code.NOT_FOUND, m.Code.FULL, m.Code.CLOSED}


class Session(View, Commands):
    """One's part in one session; made by `Broker.create`, `join` or `watch`.

    Use it with `async with`: it is entered at the beginning and left at the end. Commands
    return the version of the state they led to, and raise `RequestRefusedError` if the host
    says no, `SessionEndedError` if the session is over.
    """

    def __init__(
        self, exchange: Exchange, wanted: e.Enter | e.Found | e.Observe, wait: float = 0.0
    ) -> None:
        self._exchange = exchange
        self._wanted = wanted
        self._wait = wait
        self._feeds = Feeds(exchange.count)
        self._state: SessionState | None = None
        self._closed_reason: str | None = None
        self._entered: asyncio.Future[None] | None = None
        self._listening = False
        self._refusal: e.Refused | None = None
        self._pending: dict[int, asyncio.Future[int]] = {}
        self._changed: set[asyncio.Future[None]] = set()

    @property
    def id(self) -> str:
        """The session's id."""
        return self._wanted.session_id

    @property
    def client_id(self) -> str:
        """One's own client id."""
        return self._exchange.client_id

    @property
    def state(self) -> SessionState:
        """The newest state, whole; after the end the last one."""
        if self._state is None:
            raise BadInputError(ENTER_FIRST)
        return self._state

    @property
    def closed_reason(self) -> str | None:
        """Why it is over for us, or None while it is not."""
        return self._closed_reason

    @property
    def is_open(self) -> bool:
        """Whether one is in it: entered, and it is not over."""
        return self._listening and self._state is not None and self._closed_reason is None

    @property
    def secret(self) -> str:
        """What takes one's seat again from another process; empty for one who looks on."""
        return "" if isinstance(self._wanted, e.Observe) else self._wanted.secret

    # --- entering and leaving ----------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Enter; one who joins and waits tries until the time is over.

        Raises:
            RequestRefusedError: the host, or the lack of one, does not let us; see its code.
            SessionEndedError: the connection was lost for too long meanwhile.
            BadInputError: one is in this session already, or was.
        """
        if self._entered is not None:
            raise BadInputError("a session is entered once: create or join it anew")
        try:
            await self._try()
        except BaseException:
            self._feeds.end()
            raise
        return self

    async def _try(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait
        while True:
            try:
                return await self._enter(loop.create_future())
            except RequestRefusedError as refused:
                pause = min(AGAIN, until - loop.time())
                if refused.code not in WAITED_FOR or pause <= 0:
                    if self._refusal is not None:
                        self._feeds.take(self._refusal)
                    raise
            await asyncio.sleep(pause)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.leave()

    async def leave(self) -> None:
        """Leave, and return once nothing more is to be said, after 4 s at the latest.

        A host that leaves closes the session, or hands it over, as it was created to do.
        What is over already is left without a word.
        """
        if not self._listening:
            return
        try:
            if not self._exchange.open:
                return
            if self._closed_reason is None:
                self._exchange.tell(e.Command(self.id, self._exchange.next_ref(), m.Leave()))
            async with asyncio.timeout(PARTING):
                await self._feeds.ended.wait()
        except TimeoutError:
            self._exchange.count("left_unheard")
        finally:
            self._forget()
            self._feeds.end()

    async def _enter(self, entered: asyncio.Future[None]) -> None:
        self._entered, self._refusal = entered, None
        self._exchange.enter(self._wanted, self._notice)
        self._listening = True
        try:
            await entered
        except RequestRefusedError:
            self._forget()
            raise
        except BaseException:
            await self.leave()
            raise

    def _forget(self) -> None:
        if self._listening:
            self._listening = False
            self._exchange.forget(self.id)

    # --- what happens ------------------------------------------------------------------------

    def watch(self) -> AsyncIterator[SessionState]:
        """Iterate over the states, from the present one on, until the session is over.

        A slow consumer may miss some in between, the last one never.

        Raises:
            BadInputError: on iterating, if the session was not entered.
        """
        return Checked(self._feeds.states(self._state), self._check_entered)

    def events(self) -> AsyncIterator[e.Notice]:
        """Iterate over all notices from now on; it may be called before entering.

        At most 10 000 wait; the oldest go first, and are counted. The last are
        `SessionClosed` and `SessionParted`, or `Refused` for one who was not let in.
        """
        return self._feeds.events()

    def messages(self) -> AsyncIterator[Message | Gap]:
        """Iterate over the application messages of all members, one's own included.

        The first call gives what came since one has entered, later ones what comes from then
        on. At most 1000 messages wait; what has to go is told as a `Gap`.

        Raises:
            BadInputError: on iterating, if the session was not entered.
        """
        return Checked(self._feeds.messages(), self._check_entered)

    def _check_entered(self) -> None:
        if self._entered is None:
            raise BadInputError(ENTER_FIRST)

    def _notice(self, notice: e.Notice) -> None:
        if isinstance(notice, e.Refused) and notice.ref is None:
            self._refusal = notice
            self._settle(_refused(notice))
        elif self._refusal is None:
            self._follow(notice)
            self._feeds.take(notice)
            if isinstance(notice, e.SessionParted):
                self._feeds.end()

    def _follow(self, notice: e.Notice) -> None:
        match notice:
            case e.StateChanged():
                self._state = notice.state
                if isinstance(self._wanted, e.Observe):
                    self._settle(None)
                self._wake()
            case e.Accepted(ref=None):
                self._settle(None)
            case e.Accepted():
                self._answer(notice.ref, notice.version)
            case e.Refused():
                self._answer(notice.ref, _refused(notice))
            case e.SessionClosed():
                self._closed_reason = notice.reason
                self._settle(SessionEndedError(notice.reason))
                for ref in list(self._pending):
                    self._answer(ref, SessionEndedError(notice.reason))
                self._wake()
            case _:
                pass

    def _settle(self, outcome: Exception | None) -> None:
        """Let who enters go on, or fail."""
        if self._entered is not None and not self._entered.done():
            if outcome is None:
                self._entered.set_result(None)
            else:
                self._entered.set_exception(outcome)

    def _answer(self, ref: int | None, outcome: int | Exception) -> None:
        answer = None if ref is None else self._pending.get(ref)
        if answer is None or answer.done():
            return
        if isinstance(outcome, int):
            answer.set_result(outcome)
        else:
            answer.set_exception(outcome)

    def _wake(self) -> None:
        for changed in self._changed:
            if not changed.done():
                changed.set_result(None)

    # --- what may be asked -------------------------------------------------------------------

    async def request(self, ask: m.AnyAsk) -> int:
        """Ask the host for anything; return the version that holds it, once `state` has it.

        Raises:
            RequestRefusedError: the host said no; `ConflictError` if somebody was first.
            SessionEndedError: the session is over.
        """
        self.check_open()
        ref = self._exchange.next_ref()
        answer = asyncio.get_running_loop().create_future()
        self._pending[ref] = answer
        try:
            self._exchange.tell(e.Command(self.id, ref, ask))
            version: int = await answer
        finally:
            del self._pending[ref]
        await self._reach(version)
        return version

    async def update(self, change: Updater, max_retries: int = 3) -> int:
        """Change the properties; nobody's change is lost.

        Args:
            change: gets a copy of the properties and changes it, or returns another dict. When
                somebody else was first with one of the same keys, it is called again with the
                values that moved, so it must not have other effects.
            max_retries: how often at least; it goes on for 5 s in any case.

        Returns:
            The version that holds the change; the present one if there was none.

        Raises:
            ConflictError: others were first each time.
            BadInputError: the result cannot be written as JSON, or holds more than 16 kB.
        """
        loop = asyncio.get_running_loop()
        update = Update(change, max_retries, loop.time() + PATIENCE)
        while True:
            self.check_open()
            patch = update.patch(self.state.properties)
            if patch is None:
                return self.state.version
            try:
                return await self.request(patch)
            except ConflictError as conflict:
                update.conflicted(conflict, loop.time())
            await asyncio.sleep(update.pause())

    def send(self, payload: Any) -> bool:
        """Send an application message to all members, oneself included.

        Args:
            payload: what can be written as JSON, at most 64 000 bytes of it.

        Returns:
            Whether it left: without a connection it does not, and is not sent later. Others
            learn from a `Gap` that they missed something.

        Raises:
            BadInputError: the payload is no JSON or too large, or one only looks on.
            SessionEndedError: the session is over.
        """
        self.check_open()
        if isinstance(self._wanted, e.Observe):
            raise BadInputError("one who looks on cannot send: join the session")
        self._exchange.tell(e.Say(self.id, arguments.payload(payload)))
        return self._exchange.runner.up

    def check_open(self) -> None:
        """Return if one is in the session.

        Raises:
            SessionEndedError: it is over.
            BadInputError: it was not entered.
        """
        if self._closed_reason is not None or self._feeds.ended.is_set():
            raise SessionEndedError(self._closed_reason or "left")
        _ = self.state

    async def _reach(self, version: int) -> None:
        """Wait until the state shown is of this version; a message may be lost, so not for ever."""
        try:
            async with asyncio.timeout(CATCHING_UP):
                while self._closed_reason is None and self.state.version < version:
                    changed = asyncio.get_running_loop().create_future()
                    self._changed.add(changed)
                    try:
                        await changed
                    finally:
                        self._changed.discard(changed)
        except TimeoutError:
            self._exchange.count("states_awaited_in_vain")


def _refused(notice: e.Refused) -> RequestRefusedError:
    if notice.code is m.Code.CONFLICT:
        return ConflictError(notice.message, notice.current or {})
    return RequestRefusedError(notice.code, notice.message)
