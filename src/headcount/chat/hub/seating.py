"""Giving a connection its account, and taking it away: what it and the others are told."""

from __future__ import annotations

from headcount.chat.hub import closing, texts
from headcount.chat.hub.context import Context
from headcount.chat.hub.deadlines import Deadlines
from headcount.chat.hub.inputs import Why
from headcount.chat.hub.model import Connection
from headcount.chat.hub.presence import Announcer
from headcount.chat.hub.rooms import Rooms
from headcount.chat.wire.outgoing import AuthAck

COMES_BACK = 10.0
"""Seconds within which a client that was refused is expected back: existing ones take 3."""
AGAIN = 2.0
"""Seconds after which the database is asked again about who could not be identified.

Existing clients give up after 15 tries, and would stay without their account for ever.
"""
WARNED = 10.0
"""Seconds within which a client is told only once that the database does not answer."""


class Seating:
    """Who sits on which account.

    Args:
        context: what the parts of the hub share.
        rooms: who may hear what is said.
        announcer: tells who is here.
    """

    def __init__(self, context: Context, rooms: Rooms, announcer: Announcer) -> None:
        self._context = context
        self._rooms = rooms
        self._announcer = announcer
        self.unanswered: Deadlines[str] = Deadlines()
        """When to ask again about those of whom nobody could say who they are."""

    def seat(self, connection: Connection) -> None:
        """Let a connection have the account that it claims."""
        could_hear = self._rooms.may_hear(connection)
        connection.member, connection.pseudo = connection.claim, None
        connection.naming = None
        self.take_from_guests(connection.name)
        self.welcome(connection)
        if not could_hear:
            self._rooms.listen(connection)
        self.updated(connection)

    def take_from_guests(self, name: str) -> None:
        """Let no guest go on under the name of an account that was made since."""
        for id in self._announcer.crowd.named(name):
            guest = self._context.connections.get(id)
            if guest is not None and guest.member is None:
                guest.pseudo = None
                self._context.send(guest, texts.error("NAME_LOST", guest.language))
                self.updated(guest)

    def welcome(self, connection: Connection) -> None:
        """Tell a connection that it has its account, and then who is here (K1)."""
        self._context.send(connection, AuthAck())
        self._announcer.newcomer(connection)

    def unseat(self, connection: Connection) -> None:
        """Let a connection have no account any more; it may be gone already."""
        if connection.id not in self._context.connections:
            connection.member = None
            return
        if connection.member is not None:
            connection.member = None
            if not self._rooms.may_hear(connection):
                self._rooms.mute(connection)
        self.updated(connection)

    def updated(self, connection: Connection) -> None:
        """Note that a connection may count otherwise, or under another name."""
        self._announcer.updated(connection)

    def turn_away(self, connection: Connection) -> None:
        """Tell a connection that its account is in use elsewhere, and close it (K3).

        It will be back: then it does not count until it is known who it is, so that those who
        stay do not see a number that is wrong again and again.
        """
        until = self._context.now + COMES_BACK
        self._context.connections.refused.set(connection.address, until)
        self._context.count("refused")
        self._context.send(connection, texts.ALREADY_LOGGED_IN)
        self._context.drop(connection, closing.ALREADY_LOGGED_IN, "already logged in")

    def tell_why(self, connection: Connection, why: Why) -> None:
        """Tell a connection why its token does not give it an account; it stays, without."""
        if why != "unavailable":
            self._context.send(connection, texts.TOKEN_INVALID)
            return
        self.unanswered.set(connection.id, self._context.now + AGAIN)
        if connection.warned is None or self._context.now >= connection.warned + WARNED:
            connection.warned = self._context.now
            self._context.send(connection, texts.error("UNAVAILABLE", connection.language))
