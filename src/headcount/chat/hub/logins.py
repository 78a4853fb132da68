"""Which connection has an account: one login is one workstation, whatever it opens (K3, K4, K7).

A login gets its lease from the database when its first connection authenticates, and gives it
back when its last one closes. A second connection of the same login makes the older one be
pinged: if that answers within a second, the newer is a second window, else it takes over.

Under `reject` the second window is told once and closed. Existing clients come back every
3 s for ever; each time the older one is pinged, answers, and stays. Under `replace` the newest
wins once; within ten seconds of that, whoever comes back is a second window, or two tabs
would cut each other off for ever. Under `allow` all stay.

While an older connection is being asked, the newer one is not counted: whichever of the two
goes, the number told meanwhile was right.
"""

from __future__ import annotations

from collections import defaultdict

from headcount.chat.hub import closing, texts
from headcount.chat.hub import effects as x
from headcount.chat.hub.context import Context
from headcount.chat.hub.deadlines import Deadlines
from headcount.chat.hub.inputs import Attached, Why
from headcount.chat.hub.leases import Lease, Leases
from headcount.chat.hub.model import Connection, Login, Member
from headcount.chat.hub.questions import Questions
from headcount.chat.hub.seating import Seating

CALM = 10.0
"""Seconds after a replacement within which the next connection is a second window."""


class Logins:
    """All logins of one hub.

    Args:
        context: what the parts of the hub share.
        questions: asks the database for leases.
        seating: gives a connection its account, or takes it away.
    """

    def __init__(self, context: Context, questions: Questions, seating: Seating) -> None:
        self._context = context
        self._questions = questions
        self._seating = seating
        self.leases = Leases(context)
        self._logins: dict[str, Login] = {}
        self._of_account: defaultdict[int, dict[str, Login]] = defaultdict(dict)
        self._attaching: dict[int, Login] = {}
        self._contests: Deadlines[str] = Deadlines()
        self._calm: Deadlines[str] = Deadlines()
        """Logins that were replaced, or that a second window wanted, until when that matters."""
        self._allows = context.settings.same_account == "allow"
        context.leaving.append(self.leave)

    # --- coming ------------------------------------------------------------------------------

    def identified(self, connection: Connection, claim: Member) -> None:
        """Let a connection be who its token says, now or when that is decided."""
        if connection.login is not None and connection.login.id == claim.login:
            if connection.member is not None:
                self._seating.welcome(connection)
            return
        self.leave(connection)
        connection.claim = claim
        login = self._logins.get(claim.login)
        if login is None:
            self._found(connection, claim)
        elif self._allows:
            self._hold(login, connection)
            self._ask_older(login)
        elif self._context.settings.same_account == "replace" and self._is_newest(login):
            self._replace(login, connection)
        else:
            self._contend(login, connection)

    def attached(self, answer: Attached, asked: float | None) -> None:
        """Let all who hold a login have their account; release a login that nobody holds now."""
        login = self._attaching.pop(answer.request, None)
        seq = answer.seq if login is None else max(answer.seq, login.seq)
        lease = Lease(answer.account, answer.login, seq)
        if login is None or asked is None:
            self._unexpected(lease)
        elif not self.leases.attached(lease, asked):
            for connection in self._dissolve(login):
                self._seating.tell_why(connection, "unavailable")
        else:
            self._end_others(login, asked)
            for connection in list(login.holders.values()):
                self._seating.seat(connection)

    def not_attached(self, request: int, why: Why) -> None:
        """Tell all who wanted a login that they do not get it."""
        login = self._attaching.pop(request, None)
        if login is None:
            return
        for connection in self._dissolve(login):
            if why == "taken":
                self._seating.turn_away(connection)
            else:
                self._seating.tell_why(connection, why)

    # --- hearing -----------------------------------------------------------------------------

    def heard(self, connection: Connection) -> None:
        """Note that a connection lives: who wanted to take its place is a second window."""
        login = connection.login
        if login is None or connection.id not in login.asked:
            return
        login.asked.discard(connection.id)
        if login.asked:
            return
        self._contests.cancel(login.id)
        self._calm.set(login.id, self._context.now + CALM)
        for contender in list(login.contenders.values()):
            self._seating.turn_away(contender)

    def tick(self) -> None:
        """Decide for the newer ones where the older did not answer; renew leases."""
        self._calm.take(self._context.now)
        for name in self._contests.take(self._context.now):
            login = self._logins[name]
            for silent in [login.holders[asked] for asked in sorted(login.asked)]:
                self._context.count("taken_over")
                self._context.drop(silent, closing.SILENT, "a newer connection took over")
        self.leases.tick()

    def fence(self) -> None:
        """Close what may not be used any more: before anything else, whatever comes."""
        for name in self.leases.fenced():
            self._context.count("fenced")
            self.leases.release(name)
            for connection in self._dissolve(self._logins[name]):
                self._context.drop(connection, closing.TRY_LATER, "the database does not answer")

    def stalled(self, seconds: float) -> None:
        """Give everybody who was asked the time in which the server itself heard nothing."""
        self._contests.delay(seconds)

    def next_deadline(self) -> float | None:
        """Return when something is to be decided or renewed."""
        times = [self._contests.next(), self.leases.next_deadline()]
        return min((at for at in times if at is not None), default=None)

    # --- going -------------------------------------------------------------------------------

    def leave(self, connection: Connection) -> None:
        """Let a connection have no account any more; its login ends with its last one (K4)."""
        login, connection.login, connection.claim = connection.login, None, None
        if login is None:
            return
        connection.contending = False
        self._seating.unseat(connection)
        login.asked.discard(connection.id)
        if login.contenders.pop(connection.id, None) is None:
            del login.holders[connection.id]
        if not login.holders:
            self._promote(login)
        if not login.asked or not (login.contenders or self._allows):
            login.asked.clear()
            self._contests.cancel(login.id)

    def lost(self, name: str, *, replaced: bool) -> None:
        """Close all connections of a login that the database has ended."""
        login = self._logins.get(name)
        if login is None:
            return
        self.leases.forget(name)
        for connection in self._dissolve(login):
            if replaced:
                error = texts.error("SESSION_REPLACED", connection.language)
                self._context.send(connection, error)
            code = closing.REPLACED if replaced else closing.LOGGED_OUT
            self._context.drop(connection, code, "replaced" if replaced else "logged out")

    def revoked(self, account: int) -> None:
        """Close all connections of an account."""
        for login in list(self._of_account.get(account, {}).values()):
            for connection in (*login.holders.values(), *login.contenders.values()):
                self._context.send(connection, texts.TOKEN_INVALID)
            self.lost(login.id, replaced=False)

    # --- inside ------------------------------------------------------------------------------

    def _unexpected(self, lease: Lease) -> None:
        """Give back what was attached for nobody, or in vain for those who are here now.

        The database may have done it after what they asked for: then its `seq` is theirs.
        """
        login = self._logins.get(lease.login)
        if login is None:
            self._context.emit(x.Release(lease.account, lease.login, lease.seq))
        else:
            login.seq = max(login.seq, lease.seq)
            self.leases.overtaken(lease.login, lease.seq)

    def _found(self, connection: Connection, claim: Member) -> None:
        request = self._context.number()
        login = Login(claim.login, claim.account, request)
        self._logins[login.id] = self._attaching[request] = login
        self._of_account[login.account][login.id] = login
        self._hold(login, connection)
        self._questions.ask(x.Attach(request, claim.account, login.id), self._context.now)

    def _hold(self, login: Login, connection: Connection) -> None:
        connection.login = login
        login.holders[connection.id] = connection
        if login.id in self.leases:
            self._seating.seat(connection)

    def _contend(self, login: Login, connection: Connection) -> None:
        connection.login, connection.contending = login, True
        login.contenders[connection.id] = connection
        self._seating.updated(connection)
        if login.id not in self._contests:
            self._ask_older(login)

    def _ask_older(self, login: Login) -> None:
        """Ping all holders, or all but the newest where that one is a holder itself."""
        holders = list(login.holders.values())
        for older in holders[:-1] if self._allows else holders:
            login.asked.add(older.id)
            self._context.emit(x.Probe(older.id))
        if login.asked:
            self._contests.set(login.id, self._context.now + self._context.settings.probe)

    def _is_newest(self, login: Login) -> bool:
        """Tell whether the next connection replaces the older ones at once."""
        return login.id not in self._calm and not login.contenders

    def _replace(self, login: Login, connection: Connection) -> None:
        older = list(login.holders.values())
        self._hold(login, connection)
        self._calm.set(login.id, self._context.now + CALM)
        for one in older:
            self._context.send(one, texts.error("SESSION_REPLACED", one.language))
            self._context.drop(one, closing.REPLACED, "replaced")

    def _promote(self, login: Login) -> None:
        """Give a login to the first who contends for it, or end it."""
        login.asked.clear()
        self._contests.cancel(login.id)
        if not login.contenders:
            self._dissolve(login)
            self.leases.release(login.id)
            return
        first = login.contenders.pop(next(iter(login.contenders)))
        first.contending = False
        self._seating.updated(first)
        self._hold(login, first)
        if login.contenders:
            self._ask_older(login)

    def _end_others(self, login: Login, asked: float) -> None:
        """End other logins of an account that has turned out to be this one's."""
        for other in () if self._allows else list(self._of_account[login.account]):
            if other != login.id and self.leases.superseded(other, asked):
                self.lost(other, replaced=True)

    def _dissolve(self, login: Login) -> list[Connection]:
        """Have a login no more; return those who had it, or wanted it, and have no account now."""
        del self._logins[login.id]
        del self._of_account[login.account][login.id]
        if not self._of_account[login.account]:
            del self._of_account[login.account]
        self._contests.cancel(login.id)
        if self._attaching.pop(login.request, None) is not None:
            self._questions.forget(login.request)
        there = [*login.holders.values(), *login.contenders.values()]
        for connection in there:
            connection.login = connection.claim = None
            connection.contending = False
            self._seating.unseat(connection)
        return there
