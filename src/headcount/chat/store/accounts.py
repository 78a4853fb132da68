"""Accounts: who may log in, under which name, with which password."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from headcount.chat.store import names, passwords
from headcount.chat.store.database import Database
from headcount.chat.store.errors import (
    BadNameError,
    NameTakenError,
    NoSuchAccountError,
    ThrottledError,
    WrongPasswordError,
)
from headcount.chat.store.names import Name, name_of
from headcount.chat.store.passwords import Passwords
from headcount.chat.store.schema import account, login, now
from headcount.chat.store.throttle import LoginThrottle

Role = Literal["user", "admin"]

_WRONG: Final = "the name or the password is wrong"
_TAKEN: Final = "this name, or one that looks like it, is taken: choose another"
COLUMNS: Final = (
    account.c.id,
    account.c.name,
    account.c.role,
    account.c.created_at,
    account.c.revoked_at,
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account; its name is as it was registered, capitals included."""

    id: int
    name: str
    role: Role
    created_at: datetime
    revoked: bool = False
    """Whether an operator has taken it away; its name stays taken."""


class Accounts:
    """The accounts of a database.

    Arguments:
        database: where they are.
        hashing: hashes passwords.
        throttle: counts failed logins; one for each node.
    """

    def __init__(self, database: Database, hashing: Passwords, throttle: LoginThrottle) -> None:
        self._database = database
        self._passwords = hashing
        self._throttle = throttle

    async def register(
        self, name: str, password: str, *, role: Role = "user", operator: bool = False
    ) -> Account:
        """Make an account.

        Arguments:
            name: 3 to 20 characters, see `names.check`; spaces around it do not count.
            password: at least 6 characters.
            role: what it may do.
            operator: whether an operator makes it, who may also give the names of authority.

        Raises:
            BadNameError, BadPasswordError: nobody may have such a name or password.
            NameTakenError: somebody has this name, or one that looks like it.
            BusyError: too many passwords wait to be hashed.
            StoreUnavailableError: the database cannot be used now.
        """
        wanted = names.typed(name)
        names.check(wanted, operator=operator)
        passwords.check(password)
        if await self._holder(wanted) is not None:
            raise NameTakenError(_TAKEN)
        values = {
            "name": wanted.shown,
            "folded": wanted.folded,
            "skeleton": wanted.skeleton,
            "password_hash": await self._passwords.hash(password),
            "role": role,
            "created_at": now(),
        }
        made = sa.insert(account).values(values).returning(*COLUMNS)
        try:
            return await self._database.write(lambda connection: _one(connection, made))
        except IntegrityError as error:  # somebody was faster
            raise NameTakenError(_TAKEN) from error

    async def verify(self, name: str, password: str, *, address: str | None = None) -> Account:
        """Return the account that has this name and this password.

        An account that is not there takes as long as a wrong password, and is counted as one.

        Arguments:
            name: in any case and Unicode form, spaces around it do not count.
            password: what was given.
            address: where the attempt comes from; None is not counted.

        Raises:
            WrongPasswordError: there is none, or it was revoked.
            ThrottledError: this account has failed too often from this address.
            BusyError: too many passwords wait to be checked.
            StoreUnavailableError: the database cannot be used now.
        """
        try:
            folded = names.typed(name).folded
        except BadNameError as error:
            raise WrongPasswordError(_WRONG) from error
        self._admit(folded, address)
        row = await self._row(account.c.folded == folded) if _is_text(folded) else None
        kept = None if row is None else row["password_hash"]
        # Asked again when its turn has come: others of a crowd may have failed meanwhile.
        right = await self._passwords.matches(
            kept, password, admitted=lambda: self._admit(folded, address)
        )
        if row is None or not right or row["revoked_at"] is not None:
            if address is not None:
                self._throttle.failed(folded, address, time.monotonic())
            raise WrongPasswordError(_WRONG)
        if address is not None:
            self._throttle.succeeded(folded, address)
        if self._passwords.is_old(row["password_hash"]):
            await self._rehash(row["id"], row["password_hash"], password)
        return account_of(row)

    async def change_password(
        self,
        account_id: int,
        old: str,
        new: str,
        *,
        address: str | None = None,
        keep: str | None = None,
    ) -> None:
        """Change a password and end all logins of the account but one.

        Arguments:
            account_id: whose.
            old: the password until now.
            new: the password from now on.
            address: as in `verify`.
            keep: the `key` of the login that goes on.

        Raises:
            BadPasswordError: nobody may have such a password; nothing has changed.
            WrongPasswordError, ThrottledError, BusyError, StoreUnavailableError: as in `verify`.
        """
        passwords.check(new)
        row = await self._row(account.c.id == account_id)
        if row is None:
            raise WrongPasswordError("the name or the password is wrong")
        await self.verify(row["name"], old, address=address)
        await self._set_password(
            account_id, {"password_hash": await self._passwords.hash(new)}, keep
        )

    async def set_password(self, name: str, password: str) -> Account:
        """Give an account a new password as an operator, and end all its logins.

        An account that was revoked may be used again with it.

        Raises:
            BadPasswordError: nobody may have such a password; nothing has changed.
            NoSuchAccountError: nobody has this name.
            BusyError, StoreUnavailableError: as in `register`.
        """
        passwords.check(password)
        found = await self.find(name)
        values = {"password_hash": await self._passwords.hash(password), "revoked_at": None}
        return await self._set_password(found.id, values, keep=None)

    async def set_role(self, name: str, role: Role) -> Account:
        """Give an account a role.

        Raises:
            NoSuchAccountError: nobody has this name.
            StoreUnavailableError: the database cannot be used now.
        """
        found = await self.find(name)
        change = _changed(found.id, {"role": role})
        return await self._database.write(lambda connection: _one(connection, change))

    async def revoke(self, name: str) -> Account:
        """Take an account away: its logins end, and nobody can log in to it or take its name.

        Raises:
            NoSuchAccountError: nobody has this name.
            StoreUnavailableError: the database cannot be used now.
        """
        found = await self.find(name)
        return await self._set_password(found.id, {"revoked_at": now()}, keep=None)

    async def find(self, name: str) -> Account:
        """Return the account of this name, in any case and Unicode form.

        Raises:
            NoSuchAccountError: nobody has this name.
            BadNameError: nobody may have it, so long it is.
            StoreUnavailableError: the database cannot be used now.
        """
        wanted = names.typed(name)
        row = None
        if _is_text(wanted.folded):
            row = await self._row(account.c.folded == wanted.folded)
        if row is None:
            raise NoSuchAccountError(f"there is no account {wanted.shown!r}")
        return account_of(row)

    async def is_free(self, name: str) -> bool:
        """Return whether a guest may use a name: it is not reserved, and no account's or like one.

        Raises:
            StoreUnavailableError: the database cannot be used now.
        """
        wanted = name_of(name)
        return not names.is_reserved(wanted) and await self._holder(wanted) is None

    async def list(self, *, role: Role | None = None) -> Sequence[Account]:
        """Return all accounts, or those with a role, in the order of their names."""
        query = sa.select(*COLUMNS)
        if role is not None:
            query = query.where(account.c.role == role)
        rows = await self._database.read(
            lambda connection: connection.execute(query).mappings().all()
        )
        return sorted(map(account_of, rows), key=lambda each: (each.name.casefold(), each.id))

    async def _holder(self, name: Name) -> Account | None:
        if not _is_text(name.shown):
            return None
        row = await self._row(
            sa.or_(account.c.folded == name.folded, account.c.skeleton == name.skeleton)
        )
        return None if row is None else account_of(row)

    async def _row(self, where: sa.ColumnElement[bool]) -> sa.RowMapping | None:
        query = sa.select(*COLUMNS, account.c.password_hash).where(where)
        return await self._database.read(
            lambda connection: connection.execute(query).mappings().first()
        )

    async def _set_password(
        self, account_id: int, values: Mapping[str, Any], keep: str | None
    ) -> Account:
        ended = sa.delete(login).where(login.c.account_id == account_id)
        if keep is not None:
            ended = ended.where(login.c.token_hash != keep)

        def change(connection: sa.Connection) -> Account:
            changed = _one(connection, _changed(account_id, values))
            connection.execute(ended)
            return changed

        return await self._database.write(change)

    async def _rehash(self, account_id: int, kept: str, password: str) -> None:
        """Hash a password as it is done now, unless it was changed meanwhile."""
        fresh = await self._passwords.hash(password)
        change = (
            sa.update(account)
            .where(account.c.id == account_id, account.c.password_hash == kept)
            .values(password_hash=fresh)
        )
        await self._database.write(lambda connection: connection.execute(change))

    def _admit(self, folded: str, address: str | None) -> None:
        if address is None:
            return
        wait = self._throttle.wait(folded, address, time.monotonic())
        if wait > 0:
            raise ThrottledError(wait)


def account_of(row: sa.RowMapping) -> Account:
    """Return what a row holds."""
    created = datetime.fromtimestamp(row["created_at"], UTC)
    return Account(row["id"], row["name"], row["role"], created, row["revoked_at"] is not None)


def _changed(account_id: int, values: Mapping[str, Any]) -> ReturningUpdate[Any]:
    return sa.update(account).where(account.c.id == account_id).values(values).returning(*COLUMNS)


def _one(connection: sa.Connection, change: ReturningInsert[Any] | ReturningUpdate[Any]) -> Account:
    """Carry out what makes or changes one account; return it as it is now."""
    return account_of(connection.execute(change).mappings().one())


def _is_text(text: str) -> bool:
    """Return whether a database can look for a text."""
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)
