"""The connection: addresses, errors that say which database, transactions."""

from __future__ import annotations

import asyncio
import threading
import time
from random import Random

import pytest
import sqlalchemy as sa

from headcount.chat.store import Draft, Store, StoreUnavailableError, database
from headcount.chat.store.database import postgresql, postgresql_url
from headcount.chat.store.schema import now, room
from headcount.errors import BadInputError
from tests.chat.store.places import SECRET, Place


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
    nowhere = postgresql("postgresql://ana:hunter2@127.0.0.1:1/chat")
    with pytest.raises(StoreUnavailableError) as failed:
        await nowhere.read(lambda connection: connection.execute(sa.select(1)))
    assert "127.0.0.1" in str(failed.value)
    assert "hunter2" not in str(failed.value)
    await nowhere.close()


def rooms(connection: sa.Connection) -> list[str]:
    """Return the names of all rooms."""
    return list(connection.execute(sa.select(room.c.name)).scalars())


async def test_a_transaction_is_kept_whole_or_not_at_all(place: Place, store: Store) -> None:
    """What raises inside it undoes all of it."""

    def fail(connection: sa.Connection) -> None:
        connection.execute(sa.insert(room).values(name="a", last=0))
        raise KeyError

    with pytest.raises(KeyError):
        await place.run(fail)
    assert await place.run(rooms) == []


async def test_reads_see_one_moment(place: Place, store: Store) -> None:
    """What others commit in between is not there yet."""
    async with place.bare() as bare:
        begun, go_on = threading.Event(), threading.Event()

        def look_twice(connection: sa.Connection) -> tuple[list[str], list[str]]:
            first = rooms(connection)
            begun.set()
            if bare.is_sqlite:  # on PostgreSQL this runs on the loop, and must not wait
                assert go_on.wait(10)
            return first, rooms(connection)

        looking = asyncio.create_task(bare.read(look_twice))
        await asyncio.to_thread(begun.wait, 10)
        await store.history.add(Draft("a", "Zed", "x"))
        go_on.set()
        first, second = await looking
        assert first == second


async def test_connections_that_were_cut_are_made_anew(place: Place, store: Store) -> None:
    """As when the server of the database was restarted: the next call finds it again."""
    for n in range(3):
        await asyncio.gather(*(store.history.read("lobby") for _ in range(10)))
        assert (await store.history.add(Draft("lobby", "Zed", "x"))).message.id == n + 1
        if place.database is not None:
            await place.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


async def test_what_is_cancelled_at_any_moment_leaves_no_harm(place: Place, store: Store) -> None:
    """As when clients hang up: later calls work, and no connection is lost to them."""
    ana = await store.accounts.register("Ana", SECRET)
    random = Random(7)

    async def call(n: int) -> None:
        await store.history.add(Draft("lobby", "Zed", str(n)))
        await store.logins.take(ana.id, "replace")
        await store.history.read("lobby")

    for _ in range(30):
        tasks = [asyncio.create_task(call(n)) for n in range(10)]
        await asyncio.sleep(random.uniform(0, 0.02))
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    await asyncio.gather(*(call(n) for n in range(10)))
    page = await store.history.read("lobby", limit=1000)
    assert [message.id for message in page.messages] == list(range(page.last, 0, -1))


async def test_the_clock_is_the_databases(place: Place, store: Store) -> None:
    """In seconds, with a fraction, and it goes on within a transaction."""

    def look_twice(connection: sa.Connection) -> float:
        first: float = connection.execute(sa.select(now())).scalar_one()
        time.sleep(0.01)
        return connection.execute(sa.select(now())).scalar_one() - first

    assert 0.005 < await place.run(look_twice) < 10


async def test_the_log_of_sqlite_stays_short(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many messages come, and though no commit brings it into the file."""
    if place.database is not None:
        return  # PostgreSQL does that by itself
    monkeypatch.setattr(database, "SYNCED", 0.001)
    monkeypatch.setattr(database, "LONGEST_LOG", 100)
    async with place.open() as store:
        for n in range(300):
            await store.history.add(Draft("lobby", "Zed", str(n)))
        (log,) = place.data.glob("*-wal")
        assert log.stat().st_size < 2e6  # all of it would be 5 MB


async def test_a_message_is_soon_on_the_disk(place: Place, store: Store) -> None:
    """SQLite's log is brought into the file, for which it is synced first."""
    if place.database is not None:
        return  # there each commit is
    await store.history.add(Draft("lobby", "Zed", "found in the file"))
    latest = time.monotonic() + 10 * database.SYNCED
    while b"found in the file" not in (place.data / "chat.db").read_bytes():
        assert time.monotonic() < latest
        await asyncio.sleep(0)


async def test_what_is_acknowledged_is_on_the_disk(place: Place, store: Store) -> None:
    """Each commit waits for it, but that of messages to SQLite."""
    if place.database is not None:
        assert await place.rows("SHOW synchronous_commit") == [("on",)]
        return
    for setting, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        assert await place.rows(f"PRAGMA {setting}") == [(value,)]
