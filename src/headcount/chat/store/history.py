"""What was said in each room: stored in groups, read in pages, removed in the end.

A message's id is its number in its room: 1, 2, 3…, contiguous, in the order in which messages were
committed. So a client that has seen 41 and gets 43 knows that it lacks 42, and one that comes back
asks for what follows its last. Existing clients are in one room, the lobby, and see integers that
rise. Two rooms have the same numbers; a message is meant by room and id.

A number is given once. What is deleted leaves a hole; what is cleared, or has become too old,
raises the room's floor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from headcount.chat.store.database import Database
from headcount.chat.store.errors import StoreError
from headcount.chat.store.groups import Groups
from headcount.chat.store.messages import (
    LARGEST_NUMBER,
    Draft,
    Message,
    Stored,
    check_room,
    message_of,
    number_or_none,
    selected,
)
from headcount.chat.store.schema import message, now, room
from headcount.chat.store.storing import store
from headcount.errors import BadInputError

LARGEST_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a room's history, read in one moment."""

    messages: tuple[Message, ...]
    """Newest first."""
    last: int
    """The number of the room's newest message ever, 0 if there was none."""
    more: bool
    """Whether more lie beyond: with `after` newer ones, else older ones."""
    complete: bool
    """Whether nothing after `after` was cleared or has become too old; True without `after`."""


class History:
    """The history of all rooms; to be made while a loop runs.

    Arguments:
        database: where it is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._groups: Groups[Draft, Stored] = Groups(
            self._commit, lambda error: isinstance(error, _BadDraftError)
        )

    def submit(self, draft: Draft) -> asyncio.Future[Stored]:
        """Have a message stored, after all that was submitted before; see `add`.

        Returns:
            What is done once it is stored: in the order of the numbers, of which nothing is told
            before its commit.

        Raises:
            BusyError: too many wait.
            StoreUnavailableError: the store is closed.
        """
        return self._groups.submit(draft)

    async def add(self, draft: Draft) -> Stored:
        """Store a message, and return it with its number once it is kept.

        Raises:
            BusyError: too many wait; nothing was stored.
            StoreUnavailableError: the database cannot be used now. Whether it was stored is not
                known if the connection broke just then: with a `ref` it can be sent again.
            StoreError: there is no such account.
        """
        return await self.submit(draft)

    async def read(
        self,
        room_name: str,
        *,
        limit: int = 50,
        before: int | None = None,
        after: int | None = None,
    ) -> Page:
        """Return messages of a room, newest first.

        Arguments:
            room_name: which; one that nobody has said anything in is empty.
            limit: how many at most, 1 to 1000.
            before: only those with a smaller number, nearest to it.
            after: only those with a greater number, nearest to it; for what a client has missed.
                With both: those between, nearest to `after`.

        Raises:
            BadInputError: `limit` is out of range, or this is no name of a room.
            StoreUnavailableError: the database cannot be used now.
        """
        check_room(room_name)
        if not 1 <= limit <= LARGEST_PAGE:
            raise BadInputError(f"a page has 1 to {LARGEST_PAGE} messages")
        return await self._database.read(
            lambda connection: _read(connection, room_name, limit, before, after)
        )

    async def count(self, room_name: str) -> int:
        """Return how many messages of a room are kept.

        Raises:
            BadInputError, StoreUnavailableError: as in `read`.
        """
        check_room(room_name)
        query = sa.select(sa.func.count()).select_from(message.join(room))
        query = query.where(room.c.name == room_name)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def delete(self, room_name: str, number: int) -> bool:
        """Delete a message, out of the replies to it too; return whether it was there.

        Raises:
            BadInputError, StoreUnavailableError: as in `read`.
        """
        check_room(room_name)
        if number_or_none(number) is None:
            return False
        gone = sa.delete(message).where(
            message.c.room_id == _id_of(room_name), message.c.number == number
        )
        return await self._database.write(lambda connection: connection.execute(gone).rowcount > 0)

    async def clear(self, room_name: str) -> int:
        """Delete all messages of a room; return the number of the last of them, 0 if none.

        Raises:
            BadInputError, StoreUnavailableError: as in `read`.
        """
        check_room(room_name)
        return await self._database.write(lambda connection: _clear(connection, room_name))

    async def drop(self, room_name: str) -> None:
        """Forget a room, its numbers too, as when its session is over.

        Raises:
            BadInputError, StoreUnavailableError: as in `read`.
        """
        check_room(room_name)
        gone = sa.delete(room).where(room.c.name == room_name)
        await self._database.write(lambda connection: connection.execute(gone))

    async def retain(self, *, max_age: float | None = None, max_number: int | None = None) -> int:
        """Delete what is too old or too much, in every room; return how many messages.

        Arguments:
            max_age: seconds for which messages are kept; None is for ever.
            max_number: how many of the newest numbers of a room are kept; None is all.

        Raises:
            BadInputError: a bound is negative.
            StoreUnavailableError: the database cannot be used now.
        """
        if (max_age is not None and max_age < 0) or (max_number is not None and max_number < 0):
            raise BadInputError("what is kept is a number of seconds or messages, or None for all")
        query = sa.select(room.c.id).order_by(room.c.id)
        rooms = await self._database.read(
            lambda connection: connection.execute(query).scalars().all()
        )
        deleted = 0
        for id in rooms:  # a transaction each, so that none is locked for long
            retain = partial(_retain, id=id, max_age=max_age, max_number=max_number)
            deleted += await self._database.write(retain)
        return deleted

    async def close(self) -> None:
        """Store what waits, and take no more."""
        await self._groups.close()

    async def _commit(self, drafts: Sequence[Draft]) -> list[Stored]:
        try:
            return await self._database.append(lambda statements: store(statements, drafts))
        except IntegrityError as error:
            raise _BadDraftError("the message is of an account that does not exist") from error


class _BadDraftError(StoreError):
    """One of a group cannot be stored."""


def _id_of(room_name: str) -> sa.ScalarSelect[Any]:
    return sa.select(room.c.id).where(room.c.name == room_name).scalar_subquery()


def _read(
    connection: sa.Connection, name: str, limit: int, before: int | None, after: int | None
) -> Page:
    query = sa.select(room.c.id, room.c.last, room.c.floor).where(room.c.name == name)
    found = connection.execute(query).one_or_none()
    if found is None:
        return Page((), 0, more=False, complete=after is None or after <= 0)
    rows = connection.execute(_page(found.id, limit, before, after)).mappings()
    messages = [message_of(row, name) for row in rows]
    more = len(messages) > limit
    messages = messages[:limit]
    if after is not None:
        messages.reverse()
    complete = after is None or found.floor <= after <= found.last
    return Page(tuple(messages), found.last, more, complete)


def _clear(connection: sa.Connection, name: str) -> int:
    change = sa.update(room).where(room.c.name == name).values(floor=room.c.last)
    found = connection.execute(change.returning(room.c.id, room.c.last)).one_or_none()
    if found is None:
        return 0
    connection.execute(sa.delete(message).where(message.c.room_id == found.id))
    return int(found.last)


def _retain(
    connection: sa.Connection, id: int, max_age: float | None, max_number: int | None
) -> int:
    query = sa.select(room.c.last).where(room.c.id == id).with_for_update()
    last = connection.execute(query).scalar_one_or_none()
    bound = 0 if last is None or max_number is None else last - max_number
    if max_age is not None:
        old = sa.select(sa.func.max(message.c.number)).where(
            message.c.room_id == id, message.c.created_at < now() - max_age
        )
        bound = max(bound, connection.execute(old).scalar_one() or 0)
    if bound <= 0:
        return 0
    raised = sa.update(room).where(room.c.id == id, room.c.floor < bound)
    connection.execute(raised.values(floor=bound))
    gone = sa.delete(message).where(message.c.room_id == id, message.c.number <= bound)
    return connection.execute(gone).rowcount


def _page(room_id: int, limit: int, before: int | None, after: int | None) -> sa.Select[Any]:
    """Return the query for one message more than a page has, nearest to the bound first."""
    query = selected().where(message.c.room_id == room_id).limit(limit + 1)
    if before is not None:
        query = query.where(message.c.number < min(max(before, 0), LARGEST_NUMBER))
    if after is None:
        return query.order_by(message.c.number.desc())
    query = query.where(message.c.number > min(max(after, 0), LARGEST_NUMBER))
    return query.order_by(message.c.number)
