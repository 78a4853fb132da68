"""The connection: addresses, errors that say which database, transactions."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from headcount.chat.store import Store, StoreUnavailableError
from headcount.chat.store.database import Database, postgresql_url
from headcount.chat.store.schema import now, room
from headcount.errors import BadInputError
from tests.chat.store.places import Place


@pytest.mark.parametrize(
    "text",
    [
        "postgres://ana:pw@db/chat",
        "postgresql://ana:pw@db/chat",
        "postgresql+asyncpg://ana:pw@db/chat",
    ],
)
def test_an_address_is_understood(text: str) -> None:
    """As other programs write it."""
    url = postgresql_url(text + "?sslmode=require&host=/run/postgresql")
    assert url.drivername == "postgresql+asyncpg"
    assert (url.username, url.password, url.host, url.database) == ("ana", "pw", "db", "chat")
    assert dict(url.query) == {"ssl": "require", "host": "/run/postgresql"}


@pytest.mark.parametrize(
    "text",
    ["", "chat", "mysql://x/y", "sqlite:///x", "postgresql+psycopg://x/y", "postgresql://x:y"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(BadInputError, match="postgresql://"):
        postgresql_url(text)


async def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    """Nobody listens there; the message says where, and may be shown."""
    database = Database(postgresql_url("postgresql://ana:hunter2@127.0.0.1:1/chat"))
    with pytest.raises(StoreUnavailableError) as failed:
        async with database.read() as connection:
            await connection.execute(sa.select(1))
    assert "127.0.0.1" in str(failed.value)
    assert "hunter2" not in str(failed.value)
    await database.close()


async def test_a_transaction_is_kept_whole_or_not_at_all(place: Place, store: Store) -> None:
    """What raises inside it undoes all of it."""
    async with place.bare() as database:

        async def fail() -> None:
            async with database.write() as connection:
                await connection.execute(sa.insert(room).values(name="a", last=0))
                raise KeyError

        with pytest.raises(KeyError):
            await fail()
        async with database.read() as connection:
            assert (await connection.execute(sa.select(room))).all() == []


async def test_a_transaction_that_is_cancelled_lets_the_next_one_in(
    place: Place, store: Store
) -> None:
    """And leaves nothing behind."""
    async with place.bare() as database:
        begun = asyncio.Event()

        async def write() -> None:
            async with database.write() as connection:
                await connection.execute(sa.insert(room).values(name="a", last=0))
                begun.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(write())
        await begun.wait()
        task.cancel()
        await asyncio.wait({task})
        async with database.write() as connection:
            assert (await connection.execute(sa.select(room))).all() == []


async def test_the_clock_is_the_databases(place: Place, store: Store) -> None:
    """In seconds, with a fraction, and it goes on within a transaction."""
    async with place.bare() as database, database.write() as connection:
        first = (await connection.execute(sa.select(now()))).scalar_one()
        await asyncio.sleep(0.01)
        second = (await connection.execute(sa.select(now()))).scalar_one()
        assert 0.005 < second - first < 10


async def test_sqlite_is_told_how_to_keep_what_it_acknowledges(place: Place, store: Store) -> None:
    """A log beside the file, and each commit on the disk."""
    async with place.bare() as database, database.read() as connection:
        if not database.is_sqlite:
            fsync = (await connection.exec_driver_sql("SHOW synchronous_commit")).scalar_one()
            assert fsync == "on"
            return
        for setting, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
            found = await connection.exec_driver_sql(f"PRAGMA {setting}")
            assert found.scalar_one() == value
