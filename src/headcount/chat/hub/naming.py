"""Names that guests give themselves (G1): never one that belongs to an account."""

from __future__ import annotations

from headcount.chat.hub import effects as x
from headcount.chat.hub import texts
from headcount.chat.hub.context import Context
from headcount.chat.hub.crowd import folded, visible
from headcount.chat.hub.inputs import Why
from headcount.chat.hub.model import Connection
from headcount.chat.hub.presence import Announcer
from headcount.chat.hub.questions import Questions
from headcount.chat.wire.outgoing import PresenceState, PresenceUpdate
from headcount.core.names import is_name

ANONYMOUS = "anon_"
"""What the names of those who have given none begin with."""
DRAWN = 9
SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Naming:
    """The names of guests.

    Args:
        context: what the parts of the hub share.
        questions: asks the database whether an account has a name.
        announcer: tells who is here.
    """

    def __init__(self, context: Context, questions: Questions, announcer: Announcer) -> None:
        self._context = context
        self._questions = questions
        self._announcer = announcer
        self._asking: dict[int, Connection] = {}
        context.leaving.append(self._give_up)

    def anonymous(self) -> str:
        """Return a name for somebody who has given none."""
        return ANONYMOUS + "".join(self._context.rng.choices(SIGNS, k=DRAWN))

    def set_pseudo(self, connection: Connection, pseudo: str) -> None:
        """Give a guest a name, once it is known that no account has it."""
        if connection.naming is not None and connection.naming[1] == pseudo:
            return
        self._give_up(connection)
        if connection.is_named and connection.name == pseudo:
            self._context.send(connection, texts.PSEUDO_UPDATED)
        elif connection.member is not None:
            self._context.send(connection, texts.error("NAME_FIXED", connection.language))
        elif not self._context.settings.guests:
            self._context.send(connection, texts.known(texts.AUTH_REQUIRED))
        elif not self._is_possible(pseudo):
            self._context.send(connection, texts.error("BAD_NAME", connection.language))
        else:
            request = self._context.number()
            connection.naming = (request, pseudo)
            self._asking[request] = connection
            self._questions.ask(x.CheckName(request, visible(pseudo)), self._context.now)

    def free(self, request: int) -> None:
        """Let a guest have the name it wants, and tell everybody (K1)."""
        connection = self._asking.pop(request, None)
        if connection is None or connection.naming is None:
            return
        if self._has_account(connection.naming[1]):  # one that was made since
            self._asking[request] = connection
            self.taken(request, "taken")
            return
        connection.pseudo, connection.naming = connection.naming[1], None
        self._context.send(connection, texts.PSEUDO_UPDATED)
        frame = PresenceUpdate(PresenceState(connection.id, connection.name, "online"))
        talk = connection.room.channel(x.Kind.TALK)
        self._context.emit(x.Broadcast(talk, frame, connection.id))
        self._announcer.updated(connection)
        self._announcer.newcomer(connection)

    def taken(self, request: int, why: Why) -> None:
        """Tell a guest that it cannot have the name, or that nobody knows now."""
        connection = self._asking.pop(request, None)
        if connection is None or connection.naming is None:
            return
        connection.naming = None
        if why == "unavailable":
            self._context.send(connection, texts.error("UNAVAILABLE", connection.language))
        else:
            self._context.send(connection, texts.NAME_TAKEN)

    def registered(self, name: str) -> None:
        """Refuse a name that an account has now to those who are waiting to know."""
        for request, connection in list(self._asking.items()):
            if connection.naming is not None and folded(connection.naming[1]) == folded(name):
                self._questions.forget(request)
                self.taken(request, "taken")

    def _is_possible(self, pseudo: str) -> bool:
        if len(pseudo) > self._context.settings.longest_pseudo or not is_name(pseudo):
            return False
        seen = folded(pseudo).strip()
        return bool(seen) and not seen.startswith(ANONYMOUS)

    def _has_account(self, pseudo: str) -> bool:
        there = map(self._context.connections.get, self._announcer.crowd.named(pseudo))
        return any(other is not None and other.member is not None for other in there)

    def _give_up(self, connection: Connection) -> None:
        if connection.naming is not None:
            request, _ = connection.naming
            connection.naming = None
            self._asking.pop(request, None)
            self._questions.forget(request)
