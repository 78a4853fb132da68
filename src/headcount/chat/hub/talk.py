"""What is said: checked, stored, and only then told (K5)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

from headcount.chat.hub import effects as x
from headcount.chat.hub import texts
from headcount.chat.hub.context import Context
from headcount.chat.hub.delivery import Delivery
from headcount.chat.hub.inputs import Stored
from headcount.chat.hub.model import Connection, Room
from headcount.chat.hub.rooms import Rooms
from headcount.chat.wire.incoming import Say
from headcount.chat.wire.outgoing import (
    Error,
    MessageAck,
    PresenceState,
    PresenceUpdate,
    TypingIndicator,
    TypingState,
)

REMEMBERED = 10_000
"""How many marks of messages are remembered; the history knows all of them."""


class Key(NamedTuple):
    """What is the same when one message is sent twice."""

    room: str
    sender: str
    ref: str


@dataclass(slots=True)
class _Storing:
    """One message being stored, or one with a mark that is: who is to be told its number."""

    author: Connection
    key: Key | None = None
    waiting: list[Connection] = field(default_factory=list)
    number: int | None = None


class Talk:
    """The messages of all connections on their way into the history.

    Args:
        context: what the parts of the hub share.
        rooms: who is where.
        delivery: tells what is stored.
    """

    def __init__(self, context: Context, rooms: Rooms, delivery: Delivery) -> None:
        self._context = context
        self._rooms = rooms
        self._delivery = delivery
        self._storing: dict[int, _Storing] = {}
        self._marked: OrderedDict[Key, _Storing] = OrderedDict()
        """What was said with a `ref`, by room, sender and `ref`."""
        self.stopping = False

    @property
    def under_way(self) -> bool:
        """Whether the answer to any message is still out."""
        return bool(self._storing)

    # --- messages ----------------------------------------------------------------------------

    def say(self, connection: Connection, say: Say) -> None:
        """Store a message, unless something is wrong with it, which its sender is told."""
        refusal = self._refusal(connection, say)
        if refusal is not None:
            self._context.send(connection, refusal)
        elif connection.room.delivered is None:
            connection.room.held.append((connection.id, say))
        else:
            self._store(connection, say)

    def loaded(self, room: Room) -> None:
        """Store what was said before the room's last number was known."""
        held, room.held = room.held, []
        for name, say in held:
            connection = self._context.connections.get(name)
            if connection is not None and connection.room is room:
                self.say(connection, say)

    def stored(self, answer: Stored) -> None:
        """Tell a message to its room, and its sender by which number it is known."""
        storing = None if answer.request is None else self._storing.pop(answer.request, None)
        room = self._rooms.get(answer.room)
        if room is not None:
            self._delivery.stored(room, answer.message)
        if storing is None or answer.request is None:
            return
        storing.author.unstored.discard(answer.request)
        storing.number = answer.message.number
        for connection in storing.waiting:
            self._acknowledge(connection, storing)
        storing.waiting.clear()

    def not_stored(self, request: int) -> None:
        """Tell the sender; the same mark may be tried again."""
        storing = self._storing.pop(request, None)
        if storing is None:
            return
        storing.author.unstored.discard(request)
        if storing.key is None:
            self._answer(storing.author, texts.known(texts.NOT_STORED))
            return
        if self._marked.get(storing.key) is storing:
            del self._marked[storing.key]
        for connection in storing.waiting:
            self._answer(connection, texts.known(texts.NOT_STORED, storing.key.ref))

    # --- what is not stored ------------------------------------------------------------------

    def typing(self, connection: Connection, is_typing: bool) -> None:
        """Tell the others that somebody writes, or no longer."""
        if self.may_write(connection):
            frame = TypingIndicator(TypingState(connection.id, connection.name, is_typing))
            self._to_others(connection, frame)

    def status(self, connection: Connection, status: str) -> None:
        """Tell the others how somebody is."""
        if self.may_write(connection):
            frame = PresenceUpdate(PresenceState(connection.id, connection.name, status))
            self._to_others(connection, frame)

    def may_write(self, connection: Connection) -> bool:
        """Tell whether a connection may say something: an account, or a guest with a name."""
        guest = self._context.settings.guests and connection.pseudo is not None
        return connection.member is not None or guest

    # --- inside ------------------------------------------------------------------------------

    def _refusal(self, connection: Connection, say: Say) -> Error | None:
        settings, room = self._context.settings, connection.room
        if self.stopping:
            return texts.error("STOPPING", connection.language, say.ref)
        if not self.may_write(connection):
            return texts.known(texts.AUTH_REQUIRED, say.ref)
        if not say.text:
            return texts.known(texts.TEXT_REQUIRED, say.ref)
        if len(say.text) > settings.longest_message:
            return texts.error("TOO_LONG", connection.language, say.ref)
        if say.room not in (None, room.name):
            return texts.error("WRONG_ROOM", connection.language, say.ref)
        if len(connection.unstored) >= settings.unstored or len(room.held) >= settings.unstored:
            return texts.error("BUSY", connection.language, say.ref)
        return None

    def _store(self, connection: Connection, say: Say) -> None:
        room, member = connection.room.name, connection.member
        storing = _Storing(connection)
        if say.ref is not None:
            storing.key = Key(room, connection.sender, say.ref)
            if self._said_before(connection, storing.key):
                return
            storing.waiting.append(connection)
            self._remember(storing.key, storing)
        request = self._context.number()
        self._storing[request] = storing
        connection.unstored.add(request)
        effect = x.Store(
            request=request,
            connection=connection.id,
            room=room,
            sender=connection.sender,
            account=None if member is None else member.account,
            author=connection.name,
            text=say.text,
            reply_to=say.reply_to,
            ref=say.ref,
        )
        self._context.emit(effect)

    def _said_before(self, connection: Connection, key: Key) -> bool:
        """Answer a message that was sent before under the same mark; return whether it was."""
        storing = self._marked.get(key)
        if storing is None:
            return False
        if storing.number is not None:
            self._acknowledge(connection, storing)
        elif connection not in storing.waiting:
            storing.waiting.append(connection)
        return True

    def _remember(self, key: Key, storing: _Storing) -> None:
        self._marked[key] = storing
        if len(self._marked) > REMEMBERED:
            self._marked.popitem(last=False)

    def _acknowledge(self, connection: Connection, storing: _Storing) -> None:
        if storing.key is not None and storing.number is not None:
            ack = MessageAck(storing.key.ref, storing.number, storing.key.room)
            self._answer(connection, ack)

    def _answer(self, connection: Connection, frame: MessageAck | Error) -> None:
        if connection.id in self._context.connections:
            self._context.send(connection, frame)

    def _to_others(self, connection: Connection, frame: TypingIndicator | PresenceUpdate) -> None:
        talk = connection.room.channel(x.Kind.TALK)
        self._context.emit(x.Broadcast(talk, frame, connection.id))
