"""Storing a group of messages in one transaction.

A room's row is raised first. That locks it until the commit, so that the order of the numbers is
the order of the commits, and whoever said the same on another node has either committed, and is
seen, or waits. Rooms are locked in the order of their names, so that two groups never wait for
each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
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
from headcount.chat.store.statements import Statements

_Ref = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Room:
    """A room whose row is locked, raised by the number of drafts for it."""

    id: int
    name: str
    last: int
    at: float


@dataclass(frozen=True, slots=True)
class _Statements:
    """What each kind of database writes its own way, made once: that takes longer than to run."""

    raised: sa.Executable
    """Take a room's next numbers; the room is made if there is none of this name."""
    with_refs: sa.Executable
    replied_to: sa.Executable
    listed: Callable[[list[Any]], Any]
    """How this kind of database is given a list."""


_INSERTED: Final = sa.insert(message)
_LOWERED: Final = (
    sa.update(room).where(room.c.id == sa.bindparam("of")).values(last=sa.bindparam("to"))
)


def _raised(insert: Any) -> sa.Executable:
    wanted = insert(room).values(name=sa.bindparam("name"), last=sa.bindparam("last"))
    changed = {"last": room.c.last + wanted.excluded.last}
    return wanted.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=[room.c.name], set_=changed
    ).returning(room.c.id, room.c.last, now().label("at"))


def _with_refs(refs: Any) -> sa.Executable:
    here = message.c.room_id == sa.bindparam("id")
    return selected().where(here, sa.tuple_(message.c.sender, message.c.ref).in_(refs))


def _replied_to(numbers: Any) -> sa.Executable:
    query = sa.select(message.c.number, message.c.pseudo, message.c.text)
    return query.where(message.c.room_id == sa.bindparam("id"), message.c.number.in_(numbers))


_LIST: Final = sa.func.json_each(sa.bindparam("list")).table_valued("value").c.value
_PAIR: Final = [sa.func.json_extract(_LIST, f"$[{place}]") for place in (0, 1)]
_STATEMENTS: Final = {
    "sqlite": _Statements(
        raised=_raised(sqlite.insert),
        with_refs=_with_refs(sa.select(*_PAIR)),
        replied_to=_replied_to(sa.select(_LIST)),
        listed=json.dumps,
    ),
    "postgresql": _Statements(
        raised=_raised(postgresql.insert),
        with_refs=_with_refs(sa.bindparam("list", expanding=True)),
        replied_to=_replied_to(sa.bindparam("list", expanding=True)),
        listed=list,
    ),
}


def store(database: Statements, drafts: Sequence[Draft]) -> list[Stored]:
    """Store messages, each room's in the order given; return what became of each, in order."""
    results: dict[int, Stored] = {}
    for name in sorted({draft.room for draft in drafts}):
        places = [place for place, draft in enumerate(drafts) if draft.room == name]
        stored = _store_in_room(database, name, [drafts[place] for place in places])
        results.update(zip(places, stored, strict=True))
    return [results[place] for place in range(len(drafts))]


def _store_in_room(database: Statements, name: str, drafts: Sequence[Draft]) -> list[Stored]:
    statements = _STATEMENTS[database.dialect]
    raised = database.run(statements.raised, {"name": name, "last": len(drafts)})[0]
    locked = _Room(raised["id"], name, raised["last"], raised["at"])
    known = _known(database, locked, drafts)
    replies = _replies(database, locked, drafts)
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
        database.run_many(_INSERTED, rows)
    if number < locked.last:  # some were known: no number may be left out
        database.run(_LOWERED, {"of": locked.id, "to": number})
    return results


def _known(database: Statements, locked: _Room, drafts: Iterable[Draft]) -> dict[_Ref, Message]:
    """Return the messages that some of these drafts have become before."""
    refs = {(draft.sender, draft.ref) for draft in drafts if draft.ref is not None}
    if not refs:
        return {}
    statements = _STATEMENTS[database.dialect]
    values = {"id": locked.id, "list": statements.listed(sorted(refs))}
    rows = database.run(statements.with_refs, values)
    return {(row["sender"], row["ref"]): message_of(row, locked.name) for row in rows}


def _replies(database: Statements, locked: _Room, drafts: Iterable[Draft]) -> dict[int, Reply]:
    """Return the messages that these drafts reply to."""
    numbers = {number_or_none(draft.reply_to) for draft in drafts} - {None}
    if not numbers:
        return {}
    statements = _STATEMENTS[database.dialect]
    values = {"id": locked.id, "list": statements.listed(list(numbers))}
    rows = database.run(statements.replied_to, values)
    return {row["number"]: Reply(row["number"], row["pseudo"], row["text"]) for row in rows}


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
