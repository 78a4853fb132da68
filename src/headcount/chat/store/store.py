"""The store: all that outlives the process, behind one door."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, Self

import sqlalchemy as sa

from headcount.chat.store.accounts import Accounts
from headcount.chat.store.database import Database, postgresql, sqlite
from headcount.chat.store.directory import DataDirectory, derived
from headcount.chat.store.errors import StoreUnavailableError
from headcount.chat.store.history import History
from headcount.chat.store.logins import IDLE, LEASE, LIFETIME, Logins
from headcount.chat.store.migrate import migrate
from headcount.chat.store.passwords import Passwords
from headcount.chat.store.throttle import LoginThrottle
from headcount.errors import BadInputError


class Store:
    """Accounts, logins and history in one database; made by `open`."""

    def __init__(
        self,
        database: Database,
        secret: bytes | None,
        accounts: Accounts,
        logins: Logins,
        history: History,
    ) -> None:
        self.accounts = accounts
        self.logins = logins
        self.history = history
        self._database = database
        self._secret = secret

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        data: Path | None,
        database: str | None = None,
        *,
        create: bool = True,
        lease: float = LEASE,
        idle: float = IDLE,
        lifetime: float = LIFETIME,
        passwords: Passwords | None = None,
        throttle: LoginThrottle | None = None,
    ) -> AsyncIterator[Self]:
        """Open the store, and close it at the end.

        The tables are made, or brought from an older version's form to this one's. Several
        processes may have one store open at once, and may start at once.

        Arguments:
            data: the data directory, made if it is missing (0700). It keeps a secret, and the
                database unless another one is given.
            database: the address of a PostgreSQL database, `postgresql://user:password@host/name`.
            create: whether to make a SQLite database that is not there.
            lease: seconds for which a login holds its account without being renewed.
            idle: seconds for which a token is good without being used.
            lifetime: seconds for which a token is good at most.
            passwords: hashes passwords.
            throttle: counts failed logins.

        Raises:
            BadInputError: there is neither a directory nor an address, or it is no address.
            NewerDatabaseError: a newer version of this program has written the database.
            StoreUnavailableError: the directory or the database cannot be used.
        """
        hashing = passwords or Passwords()
        async with _opened(data, database, create) as (opened, secret):
            history = History(opened)
            accounts = Accounts(opened, hashing, throttle or LoginThrottle())
            logins = Logins(opened, lease=lease, idle=idle, lifetime=lifetime)
            try:
                yield cls(opened, secret, accounts, logins, history)
            finally:
                await history.close()
                await asyncio.to_thread(hashing.close)

    async def check(self) -> None:
        """Make sure that the database answers, and takes changes if the last one failed.

        A disk that is full can be read; what proves that it is not is a change that is kept.

        Raises:
            StoreUnavailableError: it does not.
        """
        await self._database.read(lambda connection: connection.execute(sa.select(1)).one())
        if self._database.is_failing("written"):
            await self._database.write(lambda connection: connection.execute(_REWRITTEN))

    @property
    def is_usable(self) -> bool:
        """Whether the database did what was last asked of it."""
        return not (self._database.is_failing("read") or self._database.is_failing("written"))

    def secret(self, purpose: str) -> bytes:
        """Return 32 secret bytes for one purpose, the same at each start.

        Nodes that are to understand each other need the same secret in their data directories.

        Raises:
            StoreUnavailableError: there is no data directory to keep one in.
        """
        if self._secret is None:
            raise StoreUnavailableError("a secret needs a data directory: give one with --data")
        return derived(self._secret, purpose)


_REWRITTEN: Final = sa.text("UPDATE alembic_version SET version_num = version_num")
"""A change that changes nothing."""


@contextlib.asynccontextmanager
async def _opened(
    data: Path | None, address: str | None, create: bool
) -> AsyncIterator[tuple[Database, bytes | None]]:
    """Give the database, in the form of this version, and the directory's secret."""
    secret = None
    if data is None:
        if address is None:
            raise BadInputError("where is it stored? Give a data directory, or a database")
        database = postgresql(address)
        starting: contextlib.AbstractAsyncContextManager[None] = contextlib.nullcontext()
    else:
        directory = DataDirectory(data)
        if address is None and not create and not directory.database.exists():
            raise StoreUnavailableError(
                f"there is no chat database in {data}: is it the right one?"
            )
        database = sqlite(directory.database) if address is None else postgresql(address)
        directory.make()
        starting = directory.starting()
    try:
        async with starting:
            if data is not None:
                secret = directory.secret()
                if address is None:
                    directory.make_database()
            await migrate(database)
        yield database, secret
    finally:
        await database.close()
