"""What was missed, and what is taken back: resuming, deleting, clearing."""

from __future__ import annotations

from headcount.chat.hub import effects as x
from headcount.chat.hub import texts
from headcount.chat.hub.context import Context
from headcount.chat.hub.delivery import posted, shown
from headcount.chat.hub.inputs import StoredMessage
from headcount.chat.hub.model import Connection, Room
from headcount.chat.hub.rooms import Rooms
from headcount.chat.wire.outgoing import Post, Resumed


class History:
    """Questions of connections to the history of the room that they are in.

    Args:
        context: what the parts of the hub share.
        rooms: who may hear what.
    """

    def __init__(self, context: Context, rooms: Rooms) -> None:
        self._context = context
        self._rooms = rooms
        self._resuming: dict[int, tuple[Connection, Room]] = {}
        self._under_way: dict[str, tuple[int, Room, int | None]] = {}
        """What each connection waits for: one at a time, for it costs the database.

        The request, the room, and since when it listens there: who has left it and come back
        has missed more than was asked for.
        """
        self._asking: dict[int, Connection] = {}
        context.leaving.append(lambda connection: self._forget(connection.id))

    def resume(self, connection: Connection, after: int) -> None:
        """Give a connection what came after number `after` and before what it hears live."""
        room = connection.room
        if not self._rooms.may_hear(connection):
            self._context.send(connection, texts.known(texts.AUTH_REQUIRED))
        elif self._waits(connection):
            self._context.send(connection, texts.error("RATE_LIMITED", connection.language))
        elif connection.since is None or room.delivered is None:
            room.resuming.append((connection, after))
        elif after > room.delivered or connection.since - after > self._context.settings.resumed:
            self._give(connection, room, None)
        elif after >= connection.since:
            self._give(connection, room, [])
        else:
            request = self._context.number()
            self._under_way[connection.id] = (request, room, connection.since)
            self._resuming[request] = (connection, room)
            self._context.emit(x.Fetch(request, room.name, after, connection.since))

    def loaded(self, room: Room) -> None:
        """Answer those who asked before the room's last number was known."""
        resuming, room.resuming = room.resuming, []
        for connection, after in resuming:
            if connection.id in self._context.connections:
                self.resume(connection, after)

    def fetched(self, request: int, messages: tuple[StoredMessage, ...] | None) -> None:
        """Give what was read, or say that it cannot be given where `messages` is None."""
        connection, room = self._resuming.pop(request, (None, None))
        if connection is None or room is None:
            return
        if self._under_way.get(connection.id) != (request, connection.room, connection.since):
            return  # it has gone, or has been in another room since
        self._forget(connection.id)
        if not self._rooms.may_hear(connection):
            return
        posts = None
        if messages is not None:
            posts = [posted(message, room) for message in shown(room, messages)]
        self._give(connection, room, posts)

    def remove(self, connection: Connection, number: int) -> None:
        """Delete a message, for an admin."""
        if self._is_entitled(connection):
            request = self._ask(connection)
            by = connection.name
            self._context.emit(x.Delete(request, connection.room.name, number, by))

    def clear(self, connection: Connection) -> None:
        """Clear the room, for an admin."""
        if self._is_entitled(connection):
            request = self._ask(connection)
            self._context.emit(x.Clear(request, connection.room.name, connection.name))

    def done(self, request: int | None) -> None:
        """Note that it is; everybody is told."""
        if request is not None:
            self._asking.pop(request, None)

    def not_done(self, request: int) -> None:
        """Tell an admin that nothing was deleted."""
        connection = self._asking.pop(request, None)
        if connection is not None and connection.id in self._context.connections:
            self._context.send(connection, texts.error("UNAVAILABLE", connection.language))

    def _ask(self, connection: Connection) -> int:
        request = self._context.number()
        self._asking[request] = connection
        return request

    def _waits(self, connection: Connection) -> bool:
        """Tell whether an answer to a connection is on its way that is of use to it still."""
        if any(who is connection for who, _ in connection.room.resuming):
            return True
        _, room, since = self._under_way.get(connection.id, (0, None, None))
        return room is connection.room and since == connection.since

    def _forget(self, connection: str) -> None:
        self._under_way.pop(connection, None)

    def _is_entitled(self, connection: Connection) -> bool:
        if connection.member is not None and connection.member.is_admin:
            return True
        self._context.send(connection, texts.error("FORBIDDEN", connection.language))
        return False

    def _give(self, connection: Connection, room: Room, posts: list[Post] | None) -> None:
        frame = Resumed(room.name, posts is not None, posts or [])
        self._context.send(connection, frame)
