"""Telling who is here: after every change, once, and the last time exactly (K1, K2).

Changes are gathered for some tens of milliseconds. The more bytes one telling costs, the
longer the next one waits, so that a crowd that comes back in one instant does not drown in
lists of itself.
"""

from __future__ import annotations

from headcount.chat.hub import effects as x
from headcount.chat.hub.context import Context
from headcount.chat.hub.crowd import Crowd
from headcount.chat.hub.deadlines import Deadlines
from headcount.chat.hub.model import Connection, Room
from headcount.chat.wire.outgoing import Here, Presence, UserCount

PER_SECOND = 50e6
"""Bytes a second that lists of people may cost one room, all its readers together."""
LONGEST_PACE = 1.0
"""Seconds that the last change waits at most."""
OVERHEAD = 4
"""Bytes around each name."""


class Announcer:
    """What all rooms are told of who is here.

    Args:
        context: what the parts of the hub share.
        lobby: the room whose people are the crowd.
    """

    def __init__(self, context: Context, lobby: Room) -> None:
        self._context = context
        self._lobby = lobby
        self.crowd = Crowd(context.settings.count, self._crowd_changed)
        self._due: Deadlines[str] = Deadlines()
        self._settling: Deadlines[str] = Deadlines()
        self._rooms: dict[str, Room] = {}
        context.leaving.append(self._left)

    # --- what happens ------------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """Count a connection, now or as soon as it is due."""
        self.updated(connection)
        if connection.counts_from > self._context.now:
            self._settling.set(connection.id, connection.counts_from)

    def updated(self, connection: Connection) -> None:
        """Note that a connection may count otherwise, or under another name."""
        self.crowd.update(connection, self._context.now)

    def newcomer(self, connection: Connection) -> None:
        """Tell a connection who is in its room, with the next telling, even if all is as told.

        One that follows differences is told at once what they begin with.
        """
        if connection.diffs:
            self._tell_whole(connection)
            return
        connection.room.newcomers[connection.id] = connection
        self.changed(connection.room)

    def changed(self, room: Room) -> None:
        """Tell a room soon."""
        self._rooms[room.name] = room
        settings = self._context.settings
        gathered = self._context.now + settings.coalesce
        self._due.soonest(room.name, max(gathered, room.told_at + self._pace(room)))

    def tick(self) -> None:
        """Tell what is due."""
        for name in self._settling.take(self._context.now):
            connection = self._context.connections.get(name)
            if connection is not None:
                self.updated(connection)
        for name in self._due.take(self._context.now):
            self._tell(self._rooms.pop(name))

    def next_deadline(self) -> float | None:
        """Return when something is to be told next."""
        times = [at for at in (self._due.next(), self._settling.next()) if at is not None]
        return min(times, default=None)

    # --- inside ------------------------------------------------------------------------------

    def _people(self, room: Room) -> tuple[Here, ...]:
        return self.crowd.people() if room is self._lobby else room.people

    def _crowd_changed(self) -> None:
        self.changed(self._lobby)

    def _left(self, connection: Connection) -> None:
        self._settling.cancel(connection.id)
        self.crowd.discard(connection)

    def _tell_whole(self, connection: Connection) -> None:
        room = connection.room
        frame = Presence(len(room.told), list(room.told), whole=True, room=room.on_wire)
        self._context.send(connection, frame)

    def _pace(self, room: Room) -> float:
        return min(LONGEST_PACE, room.told_size * len(room.inside) / PER_SECOND)

    def _tell(self, room: Room) -> None:
        people, newcomers = self._people(room), list(room.newcomers.values())
        room.newcomers.clear()
        if people != room.told:
            self._tell_all(room, people)
            room.told, room.told_at = people, self._context.now
            room.told_size = sum(len(here.name) + OVERHEAD for here in people)
            return
        frame = listing(people, room)
        for connection in newcomers:
            if not connection.diffs:
                self._context.send(connection, frame)

    def _tell_all(self, room: Room, people: tuple[Here, ...]) -> None:
        diffs = [connection.diffs for connection in room.inside.values()]
        if not all(diffs):
            self._context.emit(x.Broadcast(room.channel(x.Kind.COUNTS), listing(people, room)))
        if any(diffs):
            change = difference(room, people)
            self._context.emit(x.Broadcast(room.channel(x.Kind.DIFFS), change))


def listing(people: tuple[Here, ...], room: Room) -> UserCount:
    """Return the frame that names all who are here."""
    return UserCount(len(people), [here.name for here in people], room.on_wire)


def difference(room: Room, people: tuple[Here, ...]) -> Presence:
    """Return the frame for those who know what the room was told before."""
    was, there = {here.id: here for here in room.told}, {here.id for here in people}
    joined = [here for here in people if was.get(here.id) != here]
    left = [name for name in was if name not in there]
    return Presence(len(people), joined, left, room=room.on_wire)
