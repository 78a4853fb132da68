"""Telling a room its messages: each once, in the order of their numbers, none left out.

Whatever order answers of the database come in, and whatever other nodes have stored
meanwhile: a message is told when all before it were told, and what is missing is fetched.
"""

from __future__ import annotations

from msgspec.structs import replace

from headcount.chat.hub import effects as x
from headcount.chat.hub.context import Context
from headcount.chat.hub.deadlines import Deadlines
from headcount.chat.hub.inputs import StoredMessage
from headcount.chat.hub.model import Room
from headcount.chat.wire.outgoing import ChatCleared, MessageDeleted, MessageNew, Post

GAP = 0.2
"""Seconds that a missing message is waited for before it is fetched."""
AGAIN = 1.0
"""Seconds after which what could not be fetched is asked for again."""
REMEMBERED = 256
"""Deletions that are remembered, so that what was read before them is not shown after them."""


class Delivery:
    """The messages of all rooms on their way to those inside."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gaps: Deadlines[str] = Deadlines()
        self._waiting: dict[str, Room] = {}
        self._fetching: dict[int, tuple[Room, int]] = {}

    def loaded(self, room: Room, last: int) -> None:
        """Take over the number from which on a room is told what comes."""
        room.delivered = min([last, *(number - 1 for number in room.pending)])
        for connection in room.inside.values():
            connection.since = room.delivered
        self._advance(room)

    def stored(self, room: Room, message: StoredMessage) -> None:
        """Tell a message, as soon as all before it were told; a second time changes nothing."""
        if room.delivered is None and not room.loading:
            return  # nobody has been in it yet
        if room.delivered is None or message.number > room.delivered:
            room.pending[message.number] = message
            self._advance(room)

    def deleted(self, room: Room, number: int) -> None:
        """Tell that a message is deleted, and never tell the message itself any more."""
        room.deleted[number] = None
        if len(room.deleted) > REMEMBERED:
            del room.deleted[next(iter(room.deleted))]
        self._context.emit(
            x.Broadcast(room.channel(x.Kind.TALK), MessageDeleted(number, room.on_wire))
        )
        if room.delivered is not None and number > room.delivered:
            room.pending.pop(number, None)
            room.skipped.add(number)
            self._advance(room)

    def cleared(self, room: Room, last: int, by: str, at: str) -> None:
        """Tell that all messages up to a number are gone, and tell none of them any more."""
        room.cleared = max(room.cleared, last)
        self._context.emit(
            x.Broadcast(room.channel(x.Kind.TALK), ChatCleared(by, at, room.on_wire))
        )
        room.pending = {number: m for number, m in room.pending.items() if number > last}
        if room.delivered is not None and last > room.delivered:
            room.delivered = last
            self._advance(room)

    def fetched(self, request: int, messages: tuple[StoredMessage, ...]) -> bool:
        """Take over what was missing; return whether it was asked for here."""
        asked = self._fetching.pop(request, None)
        if asked is None:
            return False
        room, up_to = asked
        if room.delivered is not None and up_to > room.delivered:
            found = {m.number: m for m in shown(room, messages)}
            missing = range(room.delivered + 1, up_to + 1)
            room.skipped.update(n for n in missing if n not in found and n not in room.pending)
            room.pending.update(found)
        self._advance(room)
        if room.name in self._gaps:  # it was more than is read at once
            self._wait(room, 0.0)
        return True

    def not_fetched(self, request: int) -> bool:
        """Ask again later; return whether it was asked for here."""
        asked = self._fetching.pop(request, None)
        if asked is not None:
            self._wait(asked[0], AGAIN)
        return asked is not None

    def tick(self) -> None:
        """Fetch what has been missing for too long."""
        for name in self._gaps.take(self._context.now):
            room = self._waiting.pop(name)
            if room.pending and room.delivered is not None:
                request = self._context.number()
                most = room.delivered + self._context.settings.resumed
                up_to = min(min(room.pending) - 1, most)
                self._fetching[request] = (room, up_to)
                self._context.count("gaps")
                self._context.emit(x.Fetch(request, room.name, room.delivered, up_to))

    def next_deadline(self) -> float | None:
        """Return when something is to be fetched."""
        return self._gaps.next()

    # --- inside ------------------------------------------------------------------------------

    def _advance(self, room: Room) -> None:
        """Tell all that may be told now."""
        while room.delivered is not None:
            number = room.delivered + 1
            message = room.pending.pop(number, None)
            if message is None and number not in room.skipped:
                break
            room.skipped.discard(number)
            room.delivered = number
            if message is not None:
                self._tell(room, message)
        if room.delivered is None or not room.pending:
            self._gaps.cancel(room.name)
        elif room.name not in self._gaps and all(r is not room for r, _ in self._fetching.values()):
            self._wait(room, GAP)

    def _tell(self, room: Room, message: StoredMessage) -> None:
        self._context.emit(
            x.Broadcast(room.channel(x.Kind.TALK), MessageNew(posted(message, room)))
        )

    def _wait(self, room: Room, seconds: float) -> None:
        self._waiting[room.name] = room
        self._gaps.set(room.name, self._context.now + seconds)


def shown(room: Room, messages: tuple[StoredMessage, ...]) -> list[StoredMessage]:
    """Return those of some messages that were not deleted since they were read, in order."""
    there = [m for m in messages if m.number > room.cleared and m.number not in room.deleted]
    return sorted(there, key=lambda message: message.number)


def posted(message: StoredMessage, room: Room) -> Post:
    """Return a message as clients read it, in both of its spellings."""
    post = Post(
        id=message.number,
        username=message.author,
        pseudo=message.author,
        text=message.text,
        message=message.text,
        createdAt=message.at,
        created_at=message.at,
        room=room.on_wire,
    )
    if message.reply_to is None:
        return post
    return replace(
        post,
        replyTo=message.reply_to,
        replyToPseudo=message.reply_author or "",
        replyToText=message.reply_text or "",
    )
