"""One instance in one session, from entering to the last event: what `create` and `join` do."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable

from headcount.cli.exits import Exit
from headcount.cli.facts import Fields, event_of, state_fields
from headcount.cli.output import Output
from headcount.cli.running import Stop, StoppedError
from headcount.cli.typed import Typed, TypedError, parse
from headcount.core import events as e
from headcount.core.state import SessionState
from headcount.errors import BadInputError, RequestRefusedError, SessionEndedError
from headcount.session import Session

_LAST_WORDS = 0.5
_MOMENT = 0.5
"""Seconds for which `leave` lets the command before it wait for its answer."""
_AHEAD = 64
"""Commands that may wait for the one under way."""
_log = logging.getLogger("headcount.cli")


class Seat:
    """What happens in a session, shown; what is typed, asked for.

    Args:
        session: not yet entered.
        request: what entering it is called, `create` or `join`.
        output: where the events go.
        entered: called once one is in, before that is told, with the session's uid.
    """

    def __init__(
        self,
        session: Session,
        request: str,
        output: Output,
        entered: Callable[[str], None],
    ) -> None:
        self._session = session
        self._request = request
        self._output = output
        self._on_entry: Callable[[str], None] | None = entered
        self._entered = False
        self._early: list[e.StateChanged] = []
        self._word = ""
        self._answered = True
        self._reason: str | None = None
        self._refused = False
        self._closes = False
        self._moved_at = 0.0

    async def take(self, stop: Stop, lines: asyncio.Queue[str | None]) -> Exit:
        """Enter, follow and obey until it is over; return the exit code.

        Args:
            stop: asked for a clean end.
            lines: what is typed.
        """
        following = asyncio.create_task(self._follow(self._session.events()))
        obeying: asyncio.Task[None] | None = None
        refusal: RequestRefusedError | None = None
        try:
            await stop.unless(self._session.__aenter__())
            obeying = asyncio.create_task(self._obey(lines))
            ending = asyncio.create_task(stop.wait())
            await asyncio.wait({following, ending, obeying}, return_when=asyncio.FIRST_COMPLETED)
            ending.cancel()
        except RequestRefusedError as error:
            refusal = error
        except (SessionEndedError, StoppedError):
            pass  # the notices say so
        finally:
            if obeying is not None:
                obeying.cancel()
                await asyncio.wait({obeying})
            await self._session.leave()
            await last_words(following)
        if obeying is not None and not obeying.cancelled():
            obeying.result()
        if refusal is not None and not self._refused:
            self._refused = True
            self._refuse(self._request, refusal.code, _message(refusal))
        return self._exit()

    def _exit(self) -> Exit:
        if self._reason is None and not self._refused:
            self._close("left")
        asked = self._reason == "left" or (self._reason == "closed" and self._closes)
        return Exit.ASKED if asked else Exit.REFUSED

    # --- what happens ------------------------------------------------------------------------

    async def _follow(self, notices: AsyncIterator[e.Notice]) -> None:
        async for notice in notices:
            at = time.monotonic()
            match notice:
                case e.Accepted(ref=None):
                    self._enter(notice, at)
                case e.Refused(ref=None):
                    self._refused = True
                    self._refuse(self._request, notice.code, notice.message, at)
                case e.Accepted():
                    self._accept(self._word, notice.version, at)
                case e.Refused():
                    if not self._answered and notice.code != "CONFLICT":  # that is tried again
                        self._refuse(self._word, notice.code, notice.message, at)
                case e.StateChanged() if not self._entered:
                    self._early.append(notice)
                case e.StateChanged():
                    self._keep(notice.state)
                    self._show(notice, at)
                case e.SessionClosed():
                    self._close(notice.reason, at)
                case e.MessagesMissed():
                    _log.warning("%d messages of %s were missed", notice.missed, notice.sender)
                case _:
                    self._show(notice, at)

    def _enter(self, accepted: e.Accepted, at: float) -> None:
        """Tell that one is in, then the state that says so if it was read before."""
        self._entered = True
        if self._early:
            self._keep(self._early[-1].state)
        self._event("accepted", {"request": self._request, "version": accepted.version}, at)
        for notice in self._early:
            if notice.state.version >= accepted.version:
                self._show(notice, at)
        self._early.clear()

    def _keep(self, state: SessionState) -> None:
        """Let what is needed after a crash be written down, once, before anybody relies on it."""
        if self._on_entry is not None:
            self._on_entry(state.session_uid)
            self._on_entry = None

    def _show(self, notice: e.Notice, at: float) -> None:
        event = event_of(notice)
        if event is not None:
            self._event(*event, at)

    def _accept(self, word: str, version: int, at: float | None = None) -> None:
        if not self._answered:
            self._answered = True
            self._event("accepted", {"request": word, "version": version}, at)

    def _refuse(self, word: str, code: str, message: str, at: float | None = None) -> None:
        self._answered = True
        self._event("refused", {"request": word, "code": code, "message": message}, at)

    def _close(self, reason: str, at: float | None = None) -> None:
        self._event("closed", {"reason": reason}, at)
        self._reason = reason

    def _event(self, name: str, fields: Fields, at: float | None = None) -> None:
        if self._reason is None:  # `closed` is the last one
            self._output.event(name, fields, at)

    # --- what is typed -----------------------------------------------------------------------

    async def _obey(self, lines: asyncio.Queue[str | None]) -> None:
        """Do what is typed, one after the other, until it is to leave."""
        commands: asyncio.Queue[str] = asyncio.Queue(_AHEAD)
        working = asyncio.create_task(self._work(commands))
        reading = asyncio.create_task(self._read(lines, commands))
        try:
            await asyncio.wait({working, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            working.cancel()
            await asyncio.wait({working, reading})
        if not working.cancelled():
            working.result()

    async def _read(self, lines: asyncio.Queue[str | None], commands: asyncio.Queue[str]) -> None:
        """Pass on what is typed; return after `leave`, once an answer is overdue."""
        while (line := await lines.get()) is None or line.strip() != "leave":
            if line is not None:  # the end of input changes nothing
                self._moved_at = time.monotonic()
                await commands.put(line)
        await commands.put(line)
        while (left := self._moved_at + _MOMENT - time.monotonic()) > 0:
            await asyncio.sleep(left)
        self._word, self._answered = "leave", False

    async def _work(self, commands: asyncio.Queue[str]) -> None:
        """Do one command after the other, until it is to leave."""
        while True:
            line = await commands.get()
            self._moved_at = time.monotonic()
            try:
                typed = parse(line)
                if typed is None:
                    continue
                self._word, self._answered = typed.word, False
                if typed.word == "leave":
                    return
                try:
                    version = await self._do(typed)
                finally:
                    await asyncio.sleep(0)  # what the host said is told first
                if version is not None:
                    self._accept(typed.word, version)
            except TypedError as error:
                self._refuse(error.word, "BAD_INPUT", str(error))
            except BadInputError as error:
                self._refuse(self._word, "BAD_INPUT", str(error))
            except RequestRefusedError as error:
                if not self._answered:
                    self._refuse(self._word, error.code, _message(error))
            except SessionEndedError:
                return

    async def _do(self, typed: Typed) -> int | None:
        session, argument = self._session, typed.argument
        match typed.word:
            case "ready" | "unready":
                return await session.set_ready(typed.word == "ready")
            case "role":
                return await session.claim_role(argument)
            case "release":
                return await session.release_role()
            case "set":
                key, value = argument
                return await session.update(lambda properties: {**properties, key: value})
            case "kick":
                return await session.kick(argument)
            case "start":
                return await session.start(argument)
            case "cancel":
                return await session.cancel()
            case "close":
                self._closes = True
                return await session.close()
            case "say":
                if not session.send(argument):
                    raise RequestRefusedError("TIMEOUT", "not connected: say it again later")
            case "state":
                self._event("state", state_fields(session.state))
        return None


async def last_words(following: asyncio.Task[None]) -> None:
    """Let a task tell what it still has to; where nothing was entered, nothing ends it."""
    await asyncio.wait({following}, timeout=_LAST_WORDS)
    if not following.done():
        following.cancel()
        await asyncio.wait({following})
    elif not following.cancelled():
        following.result()


def _message(error: RequestRefusedError) -> str:
    return str(error).removeprefix(f"{error.code}: ")
