"""Storing a group of messages in one transaction.

A room's row is raised first. That locks it until the commit, so that the order of the numbers is
the order of the commits, and whoever said the same on another node has either committed, and is
seen, or waits. Rooms are locked in the order of their names, so that two groups never wait for
each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from headcount.chat.store.messages import (
    Draft,
    Message,
    Reply,
    Stored,
    message_of,
    number_or_none,
    selected,
    time_of,
)
from headcount.chat.store.schema import message, now, room

_Ref = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Room:
    """A room whose row is locked, raised by the number of drafts for it."""

    id: int
    name: str
    last: int
    at: float


def _raised(insert: Any) -> sa.Executable:
    """Return the change that takes a room's next numbers, as one kind of database writes it."""
    wanted = insert(room).values(name=sa.bindparam("name"), last=sa.bindparam("last"))
    changed = {"last": room.c.last + wanted.excluded.last}
    return wanted.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=[room.c.name], set_=changed
    ).returning(room.c.id, room.c.last, now())


# Made once: to make a query anew for each message takes longer than to run it.
_RAISED: Final = {
    "sqlite": _raised(sqlite.insert),
    "postgresql": _raised(postgresql.insert),
}
_WITH_REFS: Final = selected().where(
    message.c.room_id == sa.bindparam("id"),
    sa.tuple_(message.c.sender, message.c.ref).in_(sa.bindparam("refs", expanding=True)),
)
_REPLIED_TO: Final = sa.select(message.c.number, message.c.pseudo, message.c.text).where(
    message.c.room_id == sa.bindparam("id"),
    message.c.number.in_(sa.bindparam("numbers", expanding=True)),
)
_INSERTED: Final = sa.insert(message)


def store(connection: sa.Connection, drafts: Sequence[Draft]) -> list[Stored]:
    """Store messages, each room's in the order given; return what became of each, in order."""
    results: dict[int, Stored] = {}
    for name in sorted({draft.room for draft in drafts}):
        places = [place for place, draft in enumerate(drafts) if draft.room == name]
        stored = _store_in_room(connection, name, [drafts[place] for place in places])
        results.update(zip(places, stored, strict=True))
    return [results[place] for place in range(len(drafts))]


def _store_in_room(connection: sa.Connection, name: str, drafts: Sequence[Draft]) -> list[Stored]:
    locked = _raise_last(connection, name, len(drafts))
    known = _known(connection, locked, drafts)
    replies = _replies(connection, locked, drafts)
    number = locked.last - len(drafts)
    results, rows = [], []
    for draft in drafts:
        ref = (draft.sender, draft.ref) if draft.ref is not None else None
        if ref is not None and ref in known:
            results.append(Stored(known[ref], is_new=False))
            continue
        number += 1
        reply = replies.get(draft.reply_to or 0)
        said = _message(locked, number, draft, reply)
        rows.append(_row(locked, number, draft, reply))
        results.append(Stored(said, is_new=True))
        replies[number] = Reply(number, draft.pseudo, draft.text)
        if ref is not None:
            known[ref] = said
    if rows:
        connection.execute(_INSERTED, rows)
    if number < locked.last:  # some were known: no number may be left out
        connection.execute(sa.update(room).where(room.c.id == locked.id).values(last=number))
    return results


def _raise_last(connection: sa.Connection, name: str, by: int) -> _Room:
    """Take the next numbers of a room, which is made if there is none of this name."""
    raised = _RAISED[connection.dialect.name]
    id, last, at = connection.execute(raised, {"name": name, "last": by}).one()
    return _Room(id, name, last, at)


def _known(
    connection: sa.Connection, locked: _Room, drafts: Iterable[Draft]
) -> dict[_Ref, Message]:
    """Return the messages that some of these drafts have become before."""
    refs = {(draft.sender, draft.ref) for draft in drafts if draft.ref is not None}
    if not refs:
        return {}
    rows = connection.execute(_WITH_REFS, {"id": locked.id, "refs": sorted(refs)}).mappings()
    return {(row["sender"], row["ref"]): message_of(row, locked.name) for row in rows}


def _replies(connection: sa.Connection, locked: _Room, drafts: Iterable[Draft]) -> dict[int, Reply]:
    """Return the messages that these drafts reply to."""
    numbers = {number_or_none(draft.reply_to) for draft in drafts} - {None}
    if not numbers:
        return {}
    rows = connection.execute(_REPLIED_TO, {"id": locked.id, "numbers": list(numbers)})
    return {row.number: Reply(*row) for row in rows}


def _message(locked: _Room, number: int, draft: Draft, reply: Reply | None) -> Message:
    return Message(
        locked.name, number, draft.user_id, draft.pseudo, draft.text, time_of(locked.at), reply
    )


def _row(locked: _Room, number: int, draft: Draft, reply: Reply | None) -> dict[str, Any]:
    return {
        "room_id": locked.id,
        "number": number,
        "user_id": draft.user_id,
        "sender": draft.sender,
        "ref": draft.ref,
        "pseudo": draft.pseudo,
        "text": draft.text,
        "reply_to": None if reply is None else reply.id,
        "created_at": locked.at,
    }
