"""Where a test's store is: SQLite in a directory, or a database of a real PostgreSQL."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher

from headcount.chat.store import Store
from headcount.chat.store.database import Database, postgresql_url, sqlite_url
from headcount.chat.store.directory import DataDirectory
from headcount.chat.store.passwords import Passwords
from headcount.chat.store.schema import metadata

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
        async with self.bare() as database, database.write() as connection:
            for column in _TIMES:
                await connection.execute(sa.update(column.table).values({column: column - seconds}))

    @contextlib.asynccontextmanager
    async def bare(self) -> AsyncIterator[Database]:
        """Open the database alone, without its tables."""
        url = None if self.database is None else postgresql_url(self.database)
        directory = DataDirectory(self.data)
        directory.make()
        directory.make_database()
        database = Database(url or sqlite_url(directory.database))
        try:
            yield database
        finally:
            await database.close()
