"""What the hub asks of the store: each question one task, each with exactly one answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.server.names import RoomNames
from headcount.chat.server.times import iso, iso_now
from headcount.chat.store import (
    AlreadyLoggedInError,
    Draft,
    Hold,
    InvalidTokenError,
    Message,
    Store,
    Stored,
)
from headcount.errors import HeadcountError

_AGAIN: Final = 1.0
"""Seconds after which a room's last number is asked for again."""
_logger = logging.getLogger("headcount.chat")


class Desk:
    """The store's side of one hub.

    Args:
        store: where everything is kept.
        node: what this process is called in the database.
        shared: whether one login may be attached several times, as under `allow`.
        names: how rooms are called in the store.
        answer: takes the answers.
    """

    def __init__(
        self,
        store: Store,
        node: str,
        *,
        shared: bool,
        names: RoomNames,
        answer: Callable[[n.Input], None],
    ) -> None:
        self._store = store
        self._node = node
        self._shared = shared
        self._names = names
        self._answer = answer
        self._tasks: set[asyncio.Task[None]] = set()
        self._renewals: list[x.Renew] = []
        self._held: set[tuple[int, str]] = set()
        self._loop = asyncio.get_running_loop()

    def logins_of(self, account: int) -> set[str]:
        """Return the logins of an account that are attached here."""
        return {login for owner, login in self._held if owner == account}

    async def drain(self, patience: float) -> None:
        """Wait until everything asked is answered, but not for ever."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=patience)
        for task in self._tasks:
            task.cancel()

    # --- logins ------------------------------------------------------------------------------

    def identify(self, asked: x.Identify) -> None:
        """Find out whose a token is."""

        async def verify() -> n.Input:
            found = await self._store.logins.verify(asked.token)
            who = found.account
            return n.Identified(asked.request, who.id, who.name, who.role, found.key)

        self._ask(verify(), lambda error: n.NotIdentified(asked.request, _why(error)))

    def attach(self, asked: x.Attach) -> None:
        """Take a lease."""

        async def attach() -> n.Input:
            logins = self._store.logins
            got = await logins.attach(asked.login, self._node, shared=self._shared)
            seq = got.hold.attach_seq
            self._held.add((asked.account, asked.login))
            return n.Attached(asked.request, asked.account, asked.login, seq)

        self._ask(attach(), lambda error: n.NotAttached(asked.request, _why(error)))

    def renew(self, asked: x.Renew) -> None:
        """Renew a lease, together with all others that are due in this turn."""
        self._renewals.append(asked)
        if len(self._renewals) == 1:
            self._loop.call_soon(self._renew_all)

    def release(self, asked: x.Release) -> None:
        """End a lease."""
        self._held.discard((asked.account, asked.login))

        async def release() -> None:
            await self._store.logins.release(Hold(asked.login, asked.seq))

        self._ask(release())

    def check_name(self, asked: x.CheckName) -> None:
        """Find out whether a guest may have a name."""

        async def check() -> n.Input:
            if await self._store.accounts.is_free(asked.name):
                return n.NameFree(asked.request)
            return n.NameTaken(asked.request)

        self._ask(check(), lambda _: n.NameTaken(asked.request, "unavailable"))

    # --- messages ----------------------------------------------------------------------------

    def store(self, asked: x.Store) -> None:
        """Store a message, after all that was given before."""
        try:
            draft = Draft(
                self._names.stored(asked.room),
                asked.author,
                asked.text,
                user_id=asked.account,
                guest="" if asked.account is not None else asked.connection,
                reply_to=asked.reply_to,
                ref=asked.ref,
            )
            future = self._store.history.submit(draft)
        except HeadcountError as error:
            _logger.warning("a message was not stored: %s", error)
            self._loop.call_soon(self._answer, n.NotStored(asked.request))
            return
        future.add_done_callback(lambda done: self._stored(asked, done))

    def fetch(self, asked: x.Fetch) -> None:
        """Read a range of the history."""

        async def read() -> n.Input:
            page = await self._store.history.read(
                self._names.stored(asked.room),
                limit=asked.up_to - asked.after,
                after=asked.after,
                before=asked.up_to + 1,
            )
            messages = tuple(told(message) for message in reversed(page.messages))
            return n.Fetched(asked.request, messages, page.complete)

        self._ask(read(), lambda _: n.NotFetched(asked.request))

    def load(self, asked: x.LoadRoom) -> None:
        """Read a room's last number, as often as it takes."""

        async def load() -> n.Input:
            while True:
                try:
                    name = self._names.stored(asked.room)
                    page = await self._store.history.read(name, limit=1)
                except HeadcountError as error:
                    _logger.warning("the history cannot be read: %s", error)
                    await asyncio.sleep(_AGAIN)
                else:
                    return n.RoomLoaded(asked.room, page.last)

        self._ask(load())

    def delete(self, asked: x.Delete) -> None:
        """Delete a message."""

        async def delete() -> n.Input:
            await self._store.history.delete(self._names.stored(asked.room), asked.number)
            return n.MessageDeleted(asked.room, asked.number, asked.request)

        self._ask(delete(), lambda _: n.NotDone(asked.request))

    def clear(self, asked: x.Clear) -> None:
        """Delete all messages of a room."""

        async def clear() -> n.Input:
            last = await self._store.history.clear(self._names.stored(asked.room))
            return n.RoomCleared(asked.room, last, asked.by, iso_now(), asked.request)

        self._ask(clear(), lambda _: n.NotDone(asked.request))

    # --- inside ------------------------------------------------------------------------------

    def _ask(
        self,
        question: Coroutine[Any, Any, n.Input | None],
        otherwise: Callable[[HeadcountError], n.Input] | None = None,
    ) -> None:
        task = self._loop.create_task(self._answered(question, otherwise))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answered(
        self,
        question: Awaitable[n.Input | None],
        otherwise: Callable[[HeadcountError], n.Input] | None,
    ) -> None:
        try:
            answer = await question
        except HeadcountError as error:
            if not isinstance(error, InvalidTokenError | AlreadyLoggedInError):
                _logger.warning("the store did not do it: %s", error)
            answer = None if otherwise is None else otherwise(error)
        if answer is not None:
            self._answer(answer)

    def _renew_all(self) -> None:
        renewals, self._renewals = self._renewals, []

        async def renew() -> None:
            try:
                lost = await self._store.logins.renew(Hold(r.login, r.seq) for r in renewals)
            except HeadcountError as error:
                _logger.warning("leases were not renewed: %s", error)
                for each in renewals:
                    self._answer(n.NotRenewed(each.request))
                return
            for each in renewals:
                loss = lost.get(Hold(each.login, each.seq))
                if loss is not None:
                    self._held.discard((each.account, each.login))
                    self._answer(n.LoginLost(each.login, each.seq, replaced=loss == "taken"))
                else:
                    self._answer(n.Renewed(each.request))

        self._ask(renew())

    def _stored(self, asked: x.Store, done: asyncio.Future[Stored]) -> None:
        if done.cancelled() or done.exception() is not None:
            if not done.cancelled():
                _logger.warning("a message was not stored: %s", done.exception())
            self._answer(n.NotStored(asked.request))
        else:
            self._answer(n.Stored(asked.request, asked.room, told(done.result().message)))


def told(message: Message) -> n.StoredMessage:
    """Return a message of the history as the hub tells it."""
    reply = message.reply
    return n.StoredMessage(
        number=message.id,
        author=message.pseudo,
        text=message.text,
        at=iso(message.created_at),
        reply_to=None if reply is None else reply.id,
        reply_author=None if reply is None else reply.pseudo,
        reply_text=None if reply is None else reply.text,
    )


def _why(error: HeadcountError) -> n.Why:
    if isinstance(error, AlreadyLoggedInError):
        return "taken"
    return "invalid" if isinstance(error, InvalidTokenError) else "unavailable"
