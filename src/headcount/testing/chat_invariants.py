"""What must always hold in a chat, each by its name, seen from outside the hub."""

from __future__ import annotations

from collections.abc import Iterable

from headcount.chat.hub import closing
from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.model import Connection, Member
from headcount.chat.wire import outgoing as o
from headcount.testing.chat_client import Json, Wire
from headcount.testing.chat_database import Account, ChatDatabase
from headcount.testing.chat_server import ChatServer
from headcount.testing.invariants import ViolatedError

WRONG = 0.15
"""Seconds for which the number told may differ from the number of connections."""
CONTESTED = 1.5
"""Seconds within which it is decided which of two connections of a login stays."""
FREED = 3.0
"""Seconds after its last connection for which a login may have its account still."""
TROUBLE = 36.0
"""Seconds after which no lease stands that was renewed, or not released, in time of trouble."""
APART = 9.0
"""Seconds within which one login is not replaced by itself twice."""


class ChatInvariants:
    """The safety of one run.

    Args:
        server: the node.
        database: the truth about logins and messages.
    """

    def __init__(self, server: ChatServer, database: ChatDatabase) -> None:
        self.server = server
        self.database = database
        self.ended: set[str] = set()
        """Logins that were ended by somebody: logged out, replaced, revoked, taken."""
        self.troubled_until = -TROUBLE
        self.unsound_until = 0.0
        """Until when renewals may have failed for no fault of the hub's."""
        self._wrong: float | None = None
        """Since when the number told is wrong."""
        self._contending: dict[str, float] = {}
        self._held: dict[str, str] = {}
        """The login that each connection was last told it has."""
        self._replaced: dict[str, float] = {}
        self._orphans: dict[str, float] = {}
        database.released = self.released
        server.handled, server.sends, server.closes = self.handled, self.sends, self.closes

    @property
    def now(self) -> float:
        """The virtual time."""
        return self.server.schedule.now

    def member(self, wire: Wire) -> Member | None:
        """Return the account that the hub has a connection for."""
        return member_of(self.server, wire.id)

    # --- accounts ----------------------------------------------------------------------------

    def sends(self, wire: Wire, effect: x.Send | x.Broadcast) -> None:
        """See one frame on its way to one connection."""
        frame = effect.frame
        if isinstance(frame, o.UserCount) and frame.count != len(frame.users):
            raise ViolatedError("one number", f"{frame.count} told with {frame.users}")
        if isinstance(frame, o.MessageAck):
            self._stored(frame)
        member = self.member(wire)
        if isinstance(frame, o.AuthAck):
            wire.seated = True
            if member is not None:
                self._held[wire.id] = member.login
                self._one_workstation(wire, member)
        if member is not None:
            self._fenced(wire, member)

    def _one_workstation(self, wire: Wire, member: Member) -> None:
        if self.server.settings.same_account == "allow":
            return
        for other in self.server.wires.values():
            sits = self.member(other)
            if other is not wire and sits is not None and sits.account == member.account:
                raise ViolatedError(
                    "one workstation", f"{wire.client.name} and {other.client.name} both sit"
                )

    def _fenced(self, wire: Wire, member: Member) -> None:
        row = self.database.accounts[member.account].rows.get(member.login)
        if member.login in self.ended:
            return
        if row is None or 0.0 < row.expires <= self.now:
            raise ViolatedError("fence", f"{wire.client.name} is served after its lease")

    def released(self, account: int, login: str) -> None:
        """See a login give its account back: nobody may sit on it."""
        for wire in self.server.wires.values():
            member = self.member(wire)
            if member is not None and member.login == login:
                raise ViolatedError(
                    "no session freed in use", f"{login} is freed, {wire.client.name} has it"
                )

    def closes(self, wire: Wire, effect: x.Disconnect) -> None:
        """See the server close a connection: never one that is sound and has its account."""
        client = wire.client
        sound = not wire.silent and self.now >= client.frozen_until and wire.at_client
        match effect.code:
            case closing.SILENT:
                wrong = sound
            case closing.ALREADY_LOGGED_IN:
                wrong = wire.seated and not wire.wavers
            case closing.REPLACED:
                wrong = not self._is_ended(wire) and not self._may_replace(wire)
            case closing.LOGGED_OUT:
                wrong = not self._is_ended(wire)
            case closing.TRY_LATER:
                wrong = self.now >= self.unsound_until
            case _:
                wrong = False
        if wrong:
            raise ViolatedError(
                "no interruption", f"{client.name} is cut off: {effect.code} {effect.reason}"
            )

    def _is_ended(self, wire: Wire) -> bool:
        return wire.claimed in self.ended or self._held.get(wire.id) in self.ended

    def _may_replace(self, wire: Wire) -> bool:
        """Tell whether a newer connection of the same login may replace a sound one now."""
        login = self._held.get(wire.id) or wire.claimed or ""
        before = self._replaced.get(login, -APART)
        if before < self.server.began:  # a new hub knows of nothing before
            before = -APART
        self._replaced[login] = self.now
        return self.server.settings.same_account == "replace" and self.now >= before + APART

    # --- numbers -----------------------------------------------------------------------------

    def handled(self, event: n.Input) -> None:
        """See what one input has changed."""
        if not self.server.running or self.server.stopping:
            self._wrong = None
            return
        self._count(stalled=self.now < self.server.stalled_until + WRONG)

    def _count(self, *, stalled: bool) -> None:
        self._undecided()
        known = self.server.hub._context.connections
        left_out = [c for c in known if c.contending or not _settled(c, self.now)]
        there = names_of(self.server, without=left_out)
        told = self.server.hub.told
        if stalled or told == len(there):
            self._wrong = None
        elif self._wrong is None:
            self._wrong = self.now
        elif self.now > self._wrong + WRONG:
            raise ViolatedError(
                "count equals the live set", f"{told} told for {WRONG} s, there are {there}"
            )

    def _undecided(self) -> None:
        """See that nobody is left out of the number for longer than it takes to decide."""
        known = self.server.hub._context.connections
        contending = {c.id for c in known if c.contending}
        self._contending = {
            name: self._contending.get(name, self.now) for name in sorted(contending)
        }
        if self.now < self.server.stalled_until + CONTESTED:
            self._contending.clear()
        for name, since in self._contending.items():
            if self.now > since + CONTESTED:
                raise ViolatedError("count equals the live set", f"{name} contends for ever")

    # --- leases ------------------------------------------------------------------------------

    def sweep(self) -> None:
        """See that no login outlives its last connection (K4); from time to time."""
        if not self.server.running:
            return
        for account in self.database.accounts.values():
            for row in account.rows.values():
                if self._is_orphan(account, row.login):
                    since = self._orphans.setdefault(row.login, self.now)
                    if self.now > since + FREED:
                        raise ViolatedError("freed with the last", f"{row.login} lives on")
                else:
                    self._orphans.pop(row.login, None)

    def _is_orphan(self, account: Account, login: str) -> bool:
        row = account.rows[login]
        mine = row.attached_at > self.server.began
        calm = self.now >= self.troubled_until + TROUBLE
        if not mine or not calm or row.expires <= self.now:
            return False
        known = self.server.hub._context.connections
        return all(c.claim is None or c.claim.login != login for c in known)

    # --- messages ----------------------------------------------------------------------------

    def _stored(self, ack: o.MessageAck) -> None:
        known = [m for key, m in self.database.refs.items() if key[2] == ack.ref]
        if not known or known[0].number != ack.id:
            raise ViolatedError("stored before told", f"{ack.ref} is acknowledged as {ack.id}")

    def seen(self, wire: Wire, frame: Json) -> None:
        """See what one client shows."""
        if frame["type"] == "presence" and frame["count"] != len(wire.people):
            raise ViolatedError("one number", f"{frame['count']} told, {wire.people} known")
        if frame["type"] != "message:new" or len(wire.heard) < 2:
            return
        before, number = wire.heard[-2:]
        missing = set(range(before + 1, number)) - self.database.gone.get(wire.room, set())
        if number <= before or missing:
            raise ViolatedError(
                "messages once, in order", f"{wire.client.name} hears {number} after {before}"
            )


def member_of(server: ChatServer, connection: str) -> Member | None:
    """Return the account that a server's hub has a connection for."""
    known = server.hub._context.connections.get(connection)
    return None if known is None else known.member


def names_of(server: ChatServer, without: Iterable[Connection] = ()) -> list[str]:
    """Return the names that are to be told of a server's sockets, folded and sorted.

    Args:
        server: whose sockets.
        without: connections of the hub of which it is not decided yet whether they stay.
    """
    known, left_out = server.hub._context.connections, {c.id for c in without}
    there = [known.get(name) for name in server.wires if name not in left_out]
    named = [(c.name.casefold(), c.is_named) for c in there if c is not None]
    if server.settings.count == "connections":
        return sorted(name for name, _ in named)
    return sorted({name for name, is_named in named if is_named})


def _settled(connection: Connection, now: float) -> bool:
    return connection.is_named or connection.counts_from <= now
