"""What must be so in a chat once all faults have ended, each by the name of its invariant."""

from __future__ import annotations

from collections.abc import Iterable

from headcount.testing.chat_client import ChatClient
from headcount.testing.chat_database import ChatDatabase
from headcount.testing.chat_invariants import member_of, names_of
from headcount.testing.chat_server import ChatServer
from headcount.testing.invariants import ViolatedError


def converged(server: ChatServer, database: ChatDatabase, clients: Iterable[ChatClient]) -> None:
    """See that everybody is in, hears, and is told the number that is true.

    Args:
        server: the node.
        database: the truth about logins and messages.
        clients: all windows there ever were.

    Raises:
        ViolatedError: it is not so.
    """
    there = [client for client in clients if client.open]
    _counted(server, there)
    _told(server, there)
    _admitted(server, database, there)
    _hearing(server, database, there)
    _nothing_leaked(server, database)
    _names_are_ones_own(server, database)
    for client in clients:
        _without_holes(client, database)


def _counted(server: ChatServer, there: list[ChatClient]) -> None:
    ends = {client.wire.id for client in there if client.wire is not None}
    if ends != server.wires.keys() or server.hub.connections != len(ends):
        raise ViolatedError(
            "count equals the live set",
            f"{len(ends)} clients, {len(server.wires)} sockets, {server.hub.connections} known",
        )
    if server.hub.count != len(names_of(server)):
        raise ViolatedError(
            "count equals the live set", f"{server.hub.count} counted of {names_of(server)}"
        )


def _told(server: ChatServer, there: list[ChatClient]) -> None:
    names = names_of(server)
    for client in there:
        wire = client.wire
        if wire is None or wire.room != "lobby":
            continue
        count, users = wire.told or (None, [])
        if count != len(names) or sorted(name.casefold() for name in users) != names:
            raise ViolatedError(
                "told exactly", f"{client.name} knows {wire.told}, there are {names}"
            )


def _admitted(server: ChatServer, database: ChatDatabase, there: list[ChatClient]) -> None:
    """See that everybody with a login that has its account sits on it, or another window does."""
    seats = [member_of(server, name) for name in server.wires]
    taken = {member.login for member in seats if member is not None}
    for client in there:
        if client.wire is None:
            raise ViolatedError("nobody left out", f"{client.name} is not connected")
        login = client.wire.claimed
        member = member_of(server, client.wire.id)
        if login is None or not database.attachable(login):
            continue
        if member is None and login not in taken:
            raise ViolatedError("nobody left out", f"{client.name} has a login and no account")


def _hearing(server: ChatServer, database: ChatDatabase, there: list[ChatClient]) -> None:
    for client in there:
        wire = client.wire
        if wire is None or wire.room != "lobby":
            continue
        entitled = server.settings.guests or member_of(server, wire.id) is not None
        heard = wire.heard[-1:] == [database.last["lobby"]]
        if heard is not entitled:
            raise ViolatedError(
                "nobody deaf", f"{client.name} hears {wire.heard[-1:]}, may hear: {entitled}"
            )


def _nothing_leaked(server: ChatServer, database: ChatDatabase) -> None:
    seats = [member_of(server, name) for name in server.wires]
    used = {member.login for member in seats if member is not None}
    for account in database.accounts.values():
        for login in account.rows:
            if database.live(login) and login not in used:
                raise ViolatedError("freed with the last", f"{login} has {account.name} for ever")


def _names_are_ones_own(server: ChatServer, database: ChatDatabase) -> None:
    accounts = {account.name.casefold() for account in database.accounts.values()}
    for name in server.wires:
        connection = server.hub._context.connections.get(name)
        if connection is None or connection.member is not None:
            continue
        if connection.name.casefold() in accounts:
            raise ViolatedError("names are one's own", f"a guest is called {connection.name}")


def _without_holes(client: ChatClient, database: ChatDatabase) -> None:
    """See that a client that resumes shows everything once."""
    if client.kind != "new" or not client.shown:
        return
    twice = [number for number, times in client.shown.items() if times > 1]
    span = range(min(client.shown), max(client.shown) + 1)
    missing = set(span) - client.shown.keys() - database.gone.get("lobby", set())
    if twice or missing:
        raise ViolatedError(
            "messages once, in order", f"{client.name} shows {twice} twice, misses {missing}"
        )
