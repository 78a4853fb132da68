"""What one session hands out: states, messages and notices, to whoever follows them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar
from weakref import WeakSet

from headcount.backlog import Backlog
from headcount.core import events as e
from headcount.core.state import SessionState
from headcount.mail import Gap, Mail, Message

T = TypeVar("T")

STATES_WAITING = 64
EVENTS_WAITING = 10_000


class Checked(AsyncIterator[T], Generic[T]):
    """An iteration that is checked at every step, so that none waits for what cannot come."""

    def __init__(self, source: AsyncIterator[T], check: Callable[[], None]) -> None:
        self._source = source
        self._check = check

    async def __anext__(self) -> T:
        self._check()
        return await anext(self._source)


class Feeds:
    """The consumers of one session, each with a bounded backlog of its own.

    A consumer that is no longer referred to is forgotten.

    Args:
        count: adds to a metric.
    """

    def __init__(self, count: Callable[[str], None]) -> None:
        self.ended = asyncio.Event()
        """Set when nothing more will come."""
        self._count = count
        self._states: WeakSet[Backlog[SessionState]] = WeakSet()
        self._events: WeakSet[Backlog[e.Notice]] = WeakSet()
        self._mails: WeakSet[Mail] = WeakSet()
        self._first_mail: Mail | None = self._new_mail()

    def take(self, notice: e.Notice) -> None:
        """Hand a notice to all whom it concerns."""
        for follower in self._events:
            follower.put(notice)
        match notice:
            case e.StateChanged():
                for watcher in self._states:
                    watcher.put(notice.state)
            case e.MessageArrived():
                message = Message(notice.sender, notice.name, notice.payload, notice.seq)
                self._deliver(message)
            case e.MessagesMissed():
                self._deliver(Gap(notice.sender, notice.missed))
            case _:
                pass

    def end(self) -> None:
        """Let every iteration end after what waits."""
        self.ended.set()
        for watcher in self._states:
            watcher.end()
        for follower in self._events:
            follower.end()
        for mail in self._mails:
            mail.end()

    def states(self, present: SessionState | None) -> AsyncIterator[SessionState]:
        """Return the states from the `present` one on."""
        backlog = Backlog[SessionState](STATES_WAITING)
        if present is not None:
            backlog.put(present)
        self._states.add(backlog)
        if self.ended.is_set():
            backlog.end()
        return backlog

    def events(self) -> AsyncIterator[e.Notice]:
        """Return all notices from now on."""
        backlog = Backlog[e.Notice](EVENTS_WAITING, lambda _: self._count("events_dropped"))
        self._events.add(backlog)
        if self.ended.is_set():
            backlog.end()
        return backlog

    def messages(self) -> AsyncIterator[Message | Gap]:
        """Return the messages: at the first call from the beginning, later from then on."""
        mail, self._first_mail = self._first_mail or self._new_mail(), None
        if self.ended.is_set():
            mail.end()
        return mail

    def _deliver(self, item: Message | Gap) -> None:
        for mail in self._mails:
            mail.put(item)

    def _new_mail(self) -> Mail:
        mail = Mail(lambda: self._count("messages_dropped"))
        self._mails.add(mail)
        return mail
