"""Rooms: the lobby, and one for each live session of the broker; who is in which.

A connection is in exactly one room: the lobby, until it asks for another. The lobby's people
are all connections that count, wherever they are; a session's are its instances, as its state
says, and not those who look at it.
"""

from __future__ import annotations

from headcount.chat.hub import effects as x
from headcount.chat.hub import texts
from headcount.chat.hub.context import Context
from headcount.chat.hub.inputs import LiveSession
from headcount.chat.hub.listing import Listing
from headcount.chat.hub.model import LOBBY, Connection, Room
from headcount.chat.hub.presence import Announcer
from headcount.chat.wire.outgoing import Here, Joined


class Rooms:
    """All rooms of one hub.

    Args:
        context: what the parts of the hub share.
        lobby: the room that is always there.
        announcer: tells rooms who is in them.
    """

    def __init__(self, context: Context, lobby: Room, announcer: Announcer) -> None:
        self._context = context
        self._announcer = announcer
        self.lobby = lobby
        self._rooms = {LOBBY: lobby}
        self._listing = Listing(context)
        context.leaving.append(self._left)
        self.load(lobby)

    def get(self, name: str) -> Room | None:
        """Return a room by its name, or None if there is none, or none any more."""
        return self._rooms.get(name)

    def load(self, room: Room) -> None:
        """Ask the history for a room's last number, once."""
        if not room.loading and room.delivered is None:
            room.loading = True
            self._context.emit(x.LoadRoom(room.name))

    def enter(self, connection: Connection, room: Room) -> None:
        """Let a connection be in a room, and in none before."""
        connection.room = room
        room.inside[connection.id] = connection
        self.load(room)
        self._context.emit(x.Subscribe(connection.id, self._presence_of(connection)))
        self.listen(connection)
        self._announcer.newcomer(connection)

    def listen(self, connection: Connection) -> None:
        """Let a connection hear what is said, if it may, from now on."""
        self._list_for(connection)
        if not self.may_hear(connection):
            return
        connection.since = connection.room.delivered
        talk = connection.room.channel(x.Kind.TALK)
        self._context.emit(x.Subscribe(connection.id, talk))

    def mute(self, connection: Connection) -> None:
        """Let it hear no more."""
        self._list_for(connection)
        talk = connection.room.channel(x.Kind.TALK)
        self._context.emit(x.Unsubscribe(connection.id, talk))

    def may_hear(self, connection: Connection) -> bool:
        """Tell whether a connection may read what is said."""
        return connection.member is not None or self._context.settings.guests

    def join(self, connection: Connection, name: str) -> None:
        """Let a connection go to another room, if there is such a one."""
        room = self._rooms.get(name)
        if room is None:
            self._context.send(connection, texts.error("ROOM_UNKNOWN", connection.language))
            return
        self._context.send(connection, Joined(name))
        if connection.room is not room:
            self._leave(connection)
            self.enter(connection, room)
        else:
            self._announcer.newcomer(connection)

    def follow(self, connection: Connection, diffs: bool) -> bool:
        """Let a connection be told presence as differences, or as lists; tell if that is new.

        Who is told differences follows the sessions, too.
        """
        if connection.diffs is diffs:
            return False
        self._context.emit(x.Unsubscribe(connection.id, self._presence_of(connection)))
        connection.diffs = diffs
        self._context.emit(x.Subscribe(connection.id, self._presence_of(connection)))
        self._list_for(connection)
        return True

    def sessions_changed(self, sessions: tuple[LiveSession, ...]) -> None:
        """Take over the live sessions of the broker."""
        live = {session.room: session for session in sessions if session.room != LOBBY}
        for name in [name for name in self._rooms if name not in live and name != LOBBY]:
            self._close(self._rooms.pop(name))
        for name, session in live.items():
            room = self._rooms.setdefault(name, Room(name))
            people = tuple(Here(client_id, shown) for client_id, shown in session.people)
            if people != room.people:
                room.people = people
                self._announcer.changed(room)
        self._listing.changed(live.values())

    def _close(self, room: Room) -> None:
        """Bring everybody in a room that is no more back to the lobby."""
        for connection in list(room.inside.values()):
            self._context.send(connection, Joined(LOBBY, room.name))
            self._leave(connection)
            self.enter(connection, self.lobby)

    def _leave(self, connection: Connection) -> None:
        room = connection.room
        self._context.emit(x.Unsubscribe(connection.id, self._presence_of(connection)))
        if self.may_hear(connection):
            self.mute(connection)
        self._left(connection)
        connection.since = None
        room.resuming = [(who, after) for who, after in room.resuming if who is not connection]

    def _left(self, connection: Connection) -> None:
        connection.room.inside.pop(connection.id, None)
        connection.room.newcomers.pop(connection.id, None)

    def _list_for(self, connection: Connection) -> None:
        self._listing.update(connection, self.may_hear(connection))

    def _presence_of(self, connection: Connection) -> x.Channel:
        kind = x.Kind.DIFFS if connection.diffs else x.Kind.COUNTS
        return connection.room.channel(kind)
