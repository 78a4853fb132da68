"""Who a connection is: the token of an account, or a name of a guest's own choosing.

Clients send `auth` again every 2 s until it is accepted: a repeated one is no second login,
and asks the database nothing.
"""

from __future__ import annotations

from headcount.chat.hub import effects as x
from headcount.chat.hub import texts
from headcount.chat.hub.context import Context
from headcount.chat.hub.inputs import Identified, Why
from headcount.chat.hub.logins import Logins
from headcount.chat.hub.model import Connection, Member
from headcount.chat.hub.questions import Questions
from headcount.chat.hub.seating import Seating


class Authentication:
    """The tokens that connections show.

    Args:
        context: what the parts of the hub share.
        questions: asks the database whose they are.
        seating: tells connections what comes of it.
        logins: decides who gets an account.
    """

    def __init__(
        self, context: Context, questions: Questions, seating: Seating, logins: Logins
    ) -> None:
        self._context = context
        self._questions = questions
        self._seating = seating
        self._logins = logins
        self._asking: dict[int, Connection] = {}
        context.leaving.append(self._give_up)

    def auth(self, connection: Connection, token: str | None) -> None:
        """Find out whose a token is, unless that is known or asked already."""
        if token is None:
            self._context.send(connection, texts.TOKEN_REQUIRED)
        elif connection.asking is not None and connection.asking[1] == token:
            return
        elif connection.login is not None and connection.token == token:
            if connection.member is not None:
                self._seating.welcome(connection)
        else:
            self._ask(connection, token)

    def tick(self) -> None:
        """Ask again about those of whom nobody could say who they are."""
        for name in self._seating.unanswered.take(self._context.now):
            connection = self._context.connections.get(name)
            if connection is None or connection.wanted is None:
                continue
            if connection.login is None and connection.asking is None:
                self._ask(connection, connection.wanted)

    def next_deadline(self) -> float | None:
        """Return when to ask again about somebody."""
        return self._seating.unanswered.next()

    def identified(self, answer: Identified) -> None:
        """Let a connection be who its token says, as far as its login allows."""
        connection = self._asking.pop(answer.request, None)
        if connection is None or connection.asking is None:
            return
        connection.token, connection.asking = connection.asking[1], None
        claim = Member(answer.account, answer.name, answer.role, answer.login)
        self._logins.identified(connection, claim)

    def not_identified(self, request: int, why: Why) -> None:
        """Tell a connection; who it was before it still is."""
        connection = self._asking.pop(request, None)
        if connection is None:
            return
        connection.asking = None
        if why == "taken":
            self._seating.turn_away(connection)
        else:
            self._seating.tell_why(connection, why)

    def _ask(self, connection: Connection, token: str) -> None:
        self._give_up(connection)
        request = self._context.number()
        connection.asking = (request, token)
        connection.wanted = token
        self._asking[request] = connection
        self._questions.ask(x.Identify(request, connection.id, token), self._context.now)

    def _give_up(self, connection: Connection) -> None:
        """Do not wait any more for what was asked about a connection."""
        if connection.asking is not None:
            request, _ = connection.asking
            connection.asking = None
            self._asking.pop(request, None)
            self._questions.forget(request)
