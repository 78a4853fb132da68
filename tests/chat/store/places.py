"""Where a test's store is: SQLite in a directory, or a database of a real PostgreSQL."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from argon2 import PasswordHasher

from headcount.chat.store import Store
from headcount.chat.store.database import Database, Work, postgresql, sqlite
from headcount.chat.store.directory import DataDirectory
from headcount.chat.store.passwords import Passwords
from headcount.chat.store.schema import metadata

T = TypeVar("T")

_TIMES = [c for t in metadata.sorted_tables for c in t.c if isinstance(c.type, sa.Double)]
SECRET = "correct horse"


def cheap() -> PasswordHasher:
    """Return what hashes without taking time."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass(frozen=True)
class Place:
    """Where a store is; opened twice, it is that of two nodes."""

    data: Path
    database: str | None

    @contextlib.asynccontextmanager
    async def open(self, **options: Any) -> AsyncIterator[Store]:
        """Open it, with passwords that cost no time."""
        options.setdefault("passwords", Passwords(hasher=cheap()))
        async with Store.open(self.data, self.database, **options) as store:
            yield store

    async def pass_time(self, seconds: float) -> None:
        """Let everything in the database have happened `seconds` earlier; nobody has to wait."""

        def shift(connection: sa.Connection) -> None:
            for column in _TIMES:
                connection.execute(sa.update(column.table).values({column: column - seconds}))

        await self.run(shift)

    async def run(self, work: Work[T]) -> T:
        """Do something to the database behind the store's back, in one transaction."""
        async with self.bare() as database:
            return await database.write(work)

    async def rows(self, statement: str) -> Sequence[sa.Row[Any]]:
        """Return what a query gives."""
        return await self.run(lambda connection: connection.exec_driver_sql(statement).all())

    @contextlib.asynccontextmanager
    async def bare(self) -> AsyncIterator[Database]:
        """Open the database alone, without its tables."""
        directory = DataDirectory(self.data)
        directory.make()
        directory.make_database()
        if self.database is None:
            database = sqlite(directory.database)
        else:
            database = postgresql(self.database)
        try:
            yield database
        finally:
            await database.close()
