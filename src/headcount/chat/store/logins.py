"""Logins: an account in use on one workstation, as a lease in the database.

Who has logged in holds a random token; the database has its hash only, so that who can read the
database can use none. The hash, `key`, is how a login is called everywhere else.

Under `reject` and `replace` one row of an account counts: to take the account is to mark what was
there as superseded and to write a new row, while the account's own row is locked. So of twenty at
once exactly one takes it, and what an older token still tries touches no row. Under `allow` each
login has a row that counts.

A connection that has shown the token *attaches*: that raises `attach_seq`, and what the node that
had it before still renews or releases touches no row either. The lease runs by the database's
clock, on which all nodes agree.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any, Final, Literal

import sqlalchemy as sa

from headcount.chat.store.accounts import COLUMNS, Account, account_of
from headcount.chat.store.database import Database
from headcount.chat.store.errors import (
    AlreadyLoggedInError,
    InvalidTokenError,
    NoSuchAccountError,
    StoreError,
)
from headcount.chat.store.schema import account, login, now

SameAccount = Literal["reject", "replace", "allow"]
Loss = Literal["taken", "ended"]
"""Another login or node has what was held; or it was revoked, or has lasted for too long."""

LEASE: Final = 30.0
"""Seconds for which a login holds its account after it was taken, attached or renewed."""
IDLE: Final = 12 * 3600.0
"""Seconds for which a token is good after it was last taken, attached or renewed: a long day."""
LIFETIME: Final = 7 * 24 * 3600.0
"""Seconds after which a token is good for nothing, however much it is used."""

_IN_USE: Final = "the account is in use elsewhere"
_TOKEN_BYTES: Final = 32
_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Hold:
    """A login as one node holds it."""

    key: str
    attach_seq: int


@dataclass(frozen=True, slots=True)
class Login:
    """A login that a token stands for."""

    account: Account
    key: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Attached(Login):
    """A login that a node has now."""

    hold: Hold


@dataclass(frozen=True, slots=True)
class Issued(Login):
    """A login that has just been made; nobody but its owner will see the token again."""

    token: str
    ended: tuple[str, ...]
    """The keys of the logins that ended for it; their connections are to be closed."""

    def __repr__(self) -> str:
        return f"Issued(account={self.account!r}, key={self.key!r}, token=…)"


class Logins:
    """The logins of a database.

    Arguments:
        database: where they are.
        lease: seconds for which an account is held without being renewed.
        idle: seconds for which a token is good without being used.
        lifetime: seconds for which a token is good at most.
    """

    def __init__(
        self,
        database: Database,
        *,
        lease: float = LEASE,
        idle: float = IDLE,
        lifetime: float = LIFETIME,
    ) -> None:
        self._database = database
        self._lease = lease
        self._idle = idle
        self._lifetime = lifetime

    async def take(self, account_id: int, same_account: SameAccount = "reject") -> Issued:
        """Log an account in, and hold it for one lease, until a connection attaches.

        Arguments:
            account_id: whose password has just been verified.
            same_account: what to do if it is held already: `reject` this login, `replace` the
                other one, or `allow` both.

        Raises:
            AlreadyLoggedInError: it is held, under `reject`; nothing has changed.
            NoSuchAccountError: there is no such account, or it was revoked.
            StoreUnavailableError: the database cannot be used now.
        """

        def take(connection: sa.Connection) -> Issued:
            owner = _locked(connection, account_id)
            mine = login.c.account_id == account_id
            _delete(connection, sa.and_(mine, login.c.expires_at <= now()))
            ended: tuple[str, ...] = ()
            if same_account != "allow":
                held = sa.select(login.c.token_hash).where(mine, login.c.lease_until > now())
                if same_account == "reject" and connection.execute(held).first():
                    raise AlreadyLoggedInError(_IN_USE)
                ended = _supersede(connection, mine)
            return self._insert(connection, owner, self._lease, ended)

        return await self._database.write(take)

    async def issue(self, account_id: int) -> Issued:
        """Give a token without holding the account, as after a registration.

        It may attach until a login takes the account.

        Raises:
            NoSuchAccountError, StoreUnavailableError: as in `take`.
        """
        return await self._database.write(
            lambda connection: self._insert(connection, _locked(connection, account_id), 0.0, ())
        )

    async def verify(self, token: str) -> Login:
        """Return the login that a token stands for; changes nothing.

        Raises:
            InvalidTokenError: it stands for none, or not any more.
            AlreadyLoggedInError: another login has taken the account, and is in use.
            StoreUnavailableError: the database cannot be used now.
        """
        key = key_of(token)
        query = sa.select(login.c.expires_at, *COLUMNS).join(account).where(_counts(key))

        def look(connection: sa.Connection) -> sa.RowMapping:
            row = connection.execute(query).mappings().first()
            if row is None:
                raise _refused(connection, key)
            return row

        row = await self._database.read(look)
        return Login(account_of(row), key, _time(row["expires_at"]))

    async def attach(self, key: str, node: str, *, shared: bool = False) -> Attached:
        """Make a login this node's, for a connection that has shown its token.

        Possible after a release too, until another login has taken the account. What an earlier
        attachment renews or releases from now on is void, on this node as well: for one more
        connection under a login that it holds already, a node renews instead.

        Arguments:
            key: which login, as `verify` has told.
            node: which node this is.
            shared: under `allow`, let an earlier attachment go on beside this one.

        Raises:
            InvalidTokenError, AlreadyLoggedInError, StoreUnavailableError: as in `verify`.
        """
        changes = {**self._renewed(), "node": node}
        if not shared:
            changes["attach_seq"] = login.c.attach_seq + 1
        change = sa.update(login).where(_counts(key)).values(changes)
        attached = change.returning(login.c.attach_seq, login.c.expires_at)
        owners = (  # locked, so that no login takes the account in between
            sa.select(*COLUMNS)
            .join(login)
            .where(login.c.token_hash == key)
            .with_for_update(read=True, of=account)
        )

        def attach(connection: sa.Connection) -> Attached:
            owner = connection.execute(owners).mappings().first()
            row = connection.execute(attached).first()
            if owner is None or row is None:
                raise _refused(connection, key)
            return Attached(account_of(owner), key, _time(row[1]), Hold(key, row[0]))

        return await self._database.write(attach)

    async def renew(self, holds: Iterable[Hold]) -> dict[Hold, Loss]:
        """Hold logins for one more lease; return those that are lost, and how.

        Lost is what no row was touched for. Its connections are to be closed.

        Raises:
            StoreUnavailableError: the database cannot be used now; nothing is known.
        """
        ordered = sorted({(hold.key, hold.attach_seq) for hold in holds})
        lost: dict[Hold, Loss] = {}
        for start in range(0, len(ordered), _BATCH):
            lost |= await self._database.write(
                partial(self._renew, holds=ordered[start : start + _BATCH])
            )
        return lost

    async def release(self, hold: Hold) -> bool:
        """Let others log in, as the last connection has closed; return whether it was still held.

        The token may attach again until another login has taken the account.

        Raises:
            StoreUnavailableError: the database cannot be used now; the lease ends by itself.
        """
        change = (
            sa.update(login)
            .where(_counts(hold.key), login.c.attach_seq == hold.attach_seq)
            .values(lease_until=now())
        )
        done = await self._database.write(lambda connection: connection.execute(change).rowcount)
        return bool(done)

    async def revoke(self, token: str) -> Login | None:
        """Log out: end a login and its token at once; return it, or None if there was none.

        Raises:
            StoreUnavailableError: the database cannot be used now.
        """
        try:
            found = await self.verify(token)
        except (InvalidTokenError, AlreadyLoggedInError):
            return None
        mine = login.c.token_hash == found.key
        ended = await self._database.write(lambda connection: _delete(connection, mine))
        return found if ended else None

    async def revoke_all(self, account_id: int) -> tuple[str, ...]:
        """End all logins of an account; return their keys.

        Raises:
            StoreUnavailableError: the database cannot be used now.
        """
        mine = login.c.account_id == account_id
        return await self._database.write(lambda connection: _delete(connection, mine))

    async def sweep(self) -> int:
        """Forget tokens that have expired; return how many. They were good for nothing already.

        Raises:
            StoreUnavailableError: the database cannot be used now.
        """
        old = login.c.expires_at <= now()
        return await self._database.write(lambda connection: len(_delete(connection, old)))

    def _renew(
        self, connection: sa.Connection, holds: Sequence[tuple[str, int]]
    ) -> dict[Hold, Loss]:
        columns = (login.c.token_hash, login.c.attach_seq)
        change = sa.update(login).where(sa.tuple_(*columns).in_(holds), _counts())
        renewed = connection.execute(change.values(self._renewed()).returning(*columns))
        lost = {Hold(*hold) for hold in holds} - {Hold(*row) for row in renewed}
        if not lost:
            return {}
        query = sa.select(*columns, login.c.superseded)
        query = query.where(login.c.token_hash.in_([hold.key for hold in lost]))
        there = {key: (seq, superseded) for key, seq, superseded in connection.execute(query)}
        return {hold: _loss(hold, *there.get(hold.key, (None, False))) for hold in lost}

    def _insert(
        self, connection: sa.Connection, owner: Account, lease: float, ended: tuple[str, ...]
    ) -> Issued:
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        values = {
            "token_hash": key_of(token),
            "account_id": owner.id,
            "attach_seq": 0,
            "node": "",
            "issued_at": now(),
            "lease_until": now() + lease,
            "expires_at": now() + min(self._idle, self._lifetime),
            "superseded": False,
        }
        query = sa.insert(login).values(values).returning(login.c.expires_at)
        expires = connection.execute(query).scalar_one()
        return Issued(owner, key_of(token), _time(expires), token, ended)

    def _renewed(self) -> dict[str, Any]:
        latest = login.c.issued_at + self._lifetime
        wanted = now() + self._idle
        return {
            "lease_until": now() + self._lease,
            "expires_at": sa.case((wanted < latest, wanted), else_=latest),
        }


def key_of(token: str) -> str:
    """Return what a token is called where it must not be told: its hash.

    A `Bearer ` before it is tolerated, as clients send it. A token is random and long, so that
    its hash needs no salt and no time.
    """
    bare = token.strip().removeprefix("Bearer ").strip()
    return sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()


def _counts(key: str | None = None) -> sa.ColumnElement[bool]:
    """Return what holds for logins that are good for something; for one of them, given its key."""
    good = sa.and_(login.c.expires_at > now(), sa.not_(login.c.superseded))
    return good if key is None else sa.and_(login.c.token_hash == key, good)


def _loss(hold: Hold, seq: int | None, superseded: bool) -> Loss:
    return "taken" if superseded or seq not in (None, hold.attach_seq) else "ended"


def _locked(connection: sa.Connection, account_id: int) -> Account:
    """Return an account that nobody else can log in to until this transaction ends."""
    query = (
        sa.select(*COLUMNS)
        .where(account.c.id == account_id, account.c.revoked_at.is_(None))
        .with_for_update(key_share=True)  # messages of the account may be stored meanwhile
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NoSuchAccountError("there is no such account any more")
    return account_of(row)


def _refused(connection: sa.Connection, key: str) -> StoreError:
    """Return why a token is good for nothing."""
    used = login.alias("used")
    query = (
        sa.select(used.c.token_hash)
        .join(login, login.c.account_id == used.c.account_id)
        .where(login.c.token_hash == key, login.c.superseded, used.c.lease_until > now())
    )
    if connection.execute(query).first() is not None:
        return AlreadyLoggedInError(_IN_USE)
    return InvalidTokenError("the token is wrong, or has expired: log in again")


def _supersede(connection: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[str, ...]:
    """Make logins count no more; return their keys."""
    change = sa.update(login).where(where, sa.not_(login.c.superseded))
    change = change.values(superseded=True, lease_until=now())
    return tuple(connection.execute(change.returning(login.c.token_hash)).scalars())


def _delete(connection: sa.Connection, where: sa.ColumnElement[bool]) -> tuple[str, ...]:
    """Forget logins; return the keys of those that counted."""
    gone = sa.delete(login).where(where).returning(login.c.token_hash, login.c.superseded)
    return tuple(key for key, superseded in connection.execute(gone) if not superseded)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
