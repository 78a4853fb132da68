"""The connection to the database: SQLite or PostgreSQL, read in one transaction, written in one.

SQLite: WAL, each commit on the disk before it is acknowledged (`synchronous=FULL`), one writer of
a process at a time, who takes the lock before it reads anything (`BEGIN IMMEDIATE`), so that a
transaction never fails because another one was faster.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from headcount.chat.store.errors import StoreUnavailableError
from headcount.errors import BadInputError

BUSY_TIMEOUT: Final = 30.0
"""Seconds to wait for another process that is writing to the same SQLite database."""
CONNECTIONS: Final = 8
"""Connections of one process at most."""

_CONNECT_TIMEOUT: Final = 10.0
_COMMAND_TIMEOUT: Final = 60.0
_WRITES: Final = "headcount_writes"
_POSTGRESQL: Final = ("postgres", "postgresql", "postgresql+asyncpg")
_FREE = contextlib.nullcontext()


class Database:
    """A database that is open.

    Arguments:
        url: where it is, as `sqlite_url` or `postgresql_url` returned it.
    """

    def __init__(self, url: sa.URL) -> None:
        self.url = url
        self.engine = _engine(url)
        self._lock: contextlib.AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if self.is_sqlite else _FREE
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection whose reads see one moment.

        Raises:
            StoreUnavailableError: the database cannot be used now.
        """
        with _told(self):
            async with self.engine.connect() as connection:
                if not self.is_sqlite:
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection whose changes are kept all together, or, after an error, not at all.

        An `IntegrityError` passes through: it is the caller's to understand.

        Raises:
            StoreUnavailableError: the database cannot be used now.
        """
        with _told(self):
            async with self._lock, self.engine.connect() as connection:
                await connection.execution_options(**{_WRITES: True})
                async with connection.begin():
                    yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def sqlite_url(path: Path) -> sa.URL:
    """Return the address of a file."""
    return sa.URL.create("sqlite+aiosqlite", database=str(path))


def postgresql_url(text: str) -> sa.URL:
    """Return an address of a PostgreSQL database as the driver wants it.

    Arguments:
        text: `postgresql://user:password@host/name`; `sslmode` and `host` may follow after a
            question mark, as libpq knows them.

    Raises:
        BadInputError: it is none, or the driver is not installed.
    """
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError) as error:
        raise BadInputError(
            "the database's address cannot be read: write it like postgresql://user@host/name"
        ) from error
    if url.drivername not in _POSTGRESQL:
        raise BadInputError(
            f"{url.drivername} is not supported: use postgresql://user@host/name, or only a data "
            "directory, which has a SQLite database of its own"
        )
    if find_spec("asyncpg") is None:
        raise BadInputError("PostgreSQL needs a driver: pip install 'headcount[postgresql]'")
    return _with_ssl(url.set(drivername="postgresql+asyncpg"))


def _with_ssl(url: sa.URL) -> sa.URL:
    """Pass on `sslmode`, which the driver calls `ssl`."""
    if "sslmode" not in url.query:
        return url
    mode = url.query["sslmode"]
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def _engine(url: sa.URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return create_async_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"timeout": _CONNECT_TIMEOUT, "command_timeout": _COMMAND_TIMEOUT},
        )
    engine = create_async_engine(
        url,
        pool_size=CONNECTIONS,
        max_overflow=0,
        connect_args={"timeout": BUSY_TIMEOUT},
    )
    sa.event.listen(engine.sync_engine, "connect", _prepare)
    sa.event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextlib.contextmanager
def _told(database: Database) -> Iterator[None]:
    """Turn what the driver raises into an error that says which database, without its password."""
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        cause = getattr(error, "orig", None) or error
        where = database.url.render_as_string(hide_password=True)
        raise StoreUnavailableError(
            f"the database cannot be used ({where}): {str(cause).splitlines()[0]}"
        ) from error
