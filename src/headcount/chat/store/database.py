"""The connection to the database: SQLite or PostgreSQL, read in one transaction, written in one.

A transaction is a plain function of a connection. So each is written once, and each kind of
database runs it as is cheapest: SQLite in a thread, from its beginning to its commit (a hop for
each statement, as asyncio drivers for it do, costs five times as much), PostgreSQL on the loop.

SQLite: WAL, one writer of a process at a time, who takes the lock before it reads anything (`BEGIN
IMMEDIATE`), so that a transaction never fails because another one was faster. What is acknowledged
is with the operating system: a process that is killed loses none of it. Accounts and logins are on
the disk as well by then (`synchronous=FULL`). Messages are so a second later at most: a thread
beside the writer brings the log into the file, and nobody who talks waits for a disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from headcount.chat.store.errors import StoreUnavailableError
from headcount.chat.store.statements import OnSqlite, Statements, ThroughSqlalchemy
from headcount.chat.store.worker import Worker
from headcount.errors import BadInputError

T = TypeVar("T")
Work = Callable[[sa.Connection], T]
"""What is done in one transaction. It may run in a thread, and touches nothing but the database."""

BUSY_TIMEOUT: Final = 10.0
"""Seconds to wait for another process that is writing to the same SQLite database."""
CONNECTIONS: Final = 8
"""Connections of one process to PostgreSQL at most."""
READERS: Final = 4
"""Threads of one process that read from SQLite at once."""
SYNCED: Final = 1.0
"""Seconds after a commit to SQLite after which it is brought to the disk."""
LONGEST_LOG: Final = 4000
"""Pages of SQLite's log from which on it starts anew, for which the writer has to stop: 16 MB."""

_Use = Literal["read", "written"]
_logger = logging.getLogger("headcount.chat.store")
_CONNECT_TIMEOUT: Final = 10.0
_COMMAND_TIMEOUT: Final = 60.0
_WRITES: Final = "headcount_writes"
_SETTINGS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "wal_autocheckpoint=0",
)
_POSTGRESQL: Final = ("postgres", "postgresql", "postgresql+asyncpg")


class Database(ABC):
    """A database that is open; made by `sqlite` or `postgresql`.

    Arguments:
        url: where it is.
    """

    is_sqlite: ClassVar[bool]

    def __init__(self, url: sa.URL) -> None:
        self.where = url.render_as_string(hide_password=True)
        """Where it is, in words that may be shown."""
        self._failing: set[_Use] = set()

    def is_failing(self, use: _Use) -> bool:
        """Tell whether it could not be read, or written, when that was last tried."""
        return use in self._failing

    async def read(self, work: Work[T]) -> T:
        """Return what some reads give that all see the same moment.

        Raises:
            StoreUnavailableError: the database cannot be used now.
        """
        with self._told("read"):
            return await self._read(work)

    async def write(self, work: Work[T]) -> T:
        """Return what some changes give, which are kept all together; if it raises, none is.

        An `IntegrityError` passes through: it is the caller's to understand. Where it is cancelled
        nobody knows whether they were kept.

        Raises:
            StoreUnavailableError: the database cannot be used now.
        """
        with self._told("written"):
            return await self._write(work)

    async def append(self, work: Callable[[Statements], T]) -> T:
        """Do as `write` does, by the shortest way there is: for what happens at every message.

        Raises:
            StoreUnavailableError: the database cannot be used now.
        """
        with self._told("written"):
            return await self._append(work)

    @abstractmethod
    async def close(self) -> None:
        """Close all connections, once what was begun has ended."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T: ...

    @abstractmethod
    async def _write(self, work: Work[T]) -> T: ...

    @abstractmethod
    async def _append(self, work: Callable[[Statements], T]) -> T: ...

    @contextlib.contextmanager
    def _told(self, use: _Use) -> Iterator[None]:
        """Turn what a driver raises into an error that says which database, not its password.

        The log says once that it cannot be used, and once that it can again.
        """
        try:
            yield
        except IntegrityError:
            raise
        except (SQLAlchemyError, sqlite3.Error, OSError, TimeoutError) as error:
            cause = getattr(error, "orig", None) or error
            said = (str(cause).splitlines() or [type(cause).__name__])[0]
            if use not in self._failing:
                self._failing.add(use)
                _logger.error("the database cannot be %s (%s): %s", use, self.where, said)
            raise StoreUnavailableError(
                f"the database cannot be used ({self.where}): {said}"
            ) from error
        if use in self._failing:
            self._failing.discard(use)
            _logger.warning("the database can be %s again (%s)", use, self.where)


class _Sqlite(Database):
    is_sqlite = True

    def __init__(self, url: sa.URL) -> None:
        super().__init__(url)
        self._engine = sa.create_engine(
            url,
            pool_size=READERS + 1,
            max_overflow=0,
            connect_args={"timeout": BUSY_TIMEOUT},
        )
        sa.event.listen(self._engine, "connect", _prepare)
        sa.event.listen(self._engine, "begin", _begin)
        self._writers = self._engine.execution_options(**{_WRITES: True})
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        self._writing = Worker("write")
        self._path = str(url.database)
        self._appending: OnSqlite | None = None
        self._committed_since = asyncio.Event()
        self._syncer: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._syncer is not None:
            self._syncer.cancel()
            await asyncio.wait({self._syncer})
        await asyncio.to_thread(self._writing.close)
        await asyncio.to_thread(self._reading.shutdown)
        self._engine.dispose()
        if self._appending is not None:
            self._appending.close()

    async def _read(self, work: Work[T]) -> T:
        def read() -> T:
            with self._engine.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._reading, read)

    async def _write(self, work: Work[T]) -> T:
        def write() -> T:
            with self._writers.begin() as connection:
                return work(connection)

        return await self._committed(write)

    async def _append(self, work: Callable[[Statements], T]) -> T:
        def append() -> T:
            if self._appending is None:
                self._appending = OnSqlite(_connected(self._path))
            return self._appending.transaction(work)

        return await self._committed(append)

    async def _committed(self, write: Callable[[], T]) -> T:
        """Run what ends with a commit, and have it brought to the disk soon."""
        if self._syncer is None:
            self._syncer = asyncio.create_task(self._sync(), name="sync")
        try:
            return await self._writing.run(write)
        finally:
            self._committed_since.set()

    async def _sync(self) -> None:
        """Bring the log into the file beside the writer, again and again; a long one anew."""
        loop = asyncio.get_running_loop()
        while True:
            await self._committed_since.wait()
            await asyncio.sleep(SYNCED)
            self._committed_since.clear()
            if await loop.run_in_executor(self._reading, self._checkpoint) >= LONGEST_LOG:
                await self._writing.run(self._checkpoint)

    def _checkpoint(self) -> int:
        """Bring what can be of the log to the disk; return how many pages it has."""
        try:
            with self._engine.connect() as connection:
                driver: Any = connection.connection.driver_connection  # not in a transaction
                return int(driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])
        except (SQLAlchemyError, sqlite3.Error):
            return 0


class _Postgresql(Database):
    is_sqlite = False

    def __init__(self, url: sa.URL) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine

        super().__init__(url)
        self._engine = create_async_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"timeout": _CONNECT_TIMEOUT, "command_timeout": _COMMAND_TIMEOUT},
        )
        self._readers = self._engine.execution_options(isolation_level="REPEATABLE READ")

    async def close(self) -> None:
        await self._engine.dispose()

    async def _read(self, work: Work[T]) -> T:
        async with self._readers.connect() as connection:
            return await connection.run_sync(work)

    async def _write(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def _append(self, work: Callable[[Statements], T]) -> T:
        return await self._write(lambda connection: work(ThroughSqlalchemy(connection)))


def sqlite(path: Path) -> Database:
    """Return a database in a file, which is there already; it may be empty."""
    return _Sqlite(sa.URL.create("sqlite", database=str(path)))


def postgresql(address: str) -> Database:
    """Return the database at an address, see `postgresql_url`; nothing is connected yet."""
    return _Postgresql(postgresql_url(address))


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
    if find_spec("asyncpg") is None or find_spec("greenlet") is None:
        raise BadInputError("PostgreSQL needs a driver: pip install 'headcount[postgresql]'")
    return _with_ssl(url.set(drivername="postgresql+asyncpg"))


def _with_ssl(url: sa.URL) -> sa.URL:
    """Pass on `sslmode`, which the driver calls `ssl`."""
    if "sslmode" not in url.query:
        return url
    mode = url.query["sslmode"]
    return url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def _connected(path: str) -> sqlite3.Connection:
    """Return a connection of the driver for messages, whose commits do not wait for the disk."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, check_same_thread=False)
    _prepare(connection, None)
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    cursor = connection.cursor()
    for setting in _SETTINGS:
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
