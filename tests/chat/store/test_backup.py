"""Backups: made while the store is in use, and restored by opening them."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from headcount.chat.store import Draft, Store, StoreUnavailableError
from headcount.chat.store.backup import backup
from headcount.errors import BadInputError
from tests.chat.store.places import SECRET, Place
from tests.postgres import Postgres, PostgresMissingError, program

Run = Callable[..., None]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give a data directory; PostgreSQL has a backup of its own."""
    return Place(tmp_path / "data", None)


@pytest.fixture
def run(postgres: Postgres) -> Run:
    """Give a way to run a client of PostgreSQL; without them skip, but not where all must be."""
    try:
        for name in ("pg_dump", "pg_restore"):
            program(name)
    except PostgresMissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))

    def client(name: str, *arguments: str | Path) -> None:
        subprocess.run([program(name), *arguments], check=True, capture_output=True)

    return client


async def test_a_backup_is_a_data_directory(place: Place, store: Store, tmp_path: Path) -> None:
    """Opened, it has the accounts, the history and the secret of the moment it was made."""
    ana = await store.accounts.register("Ana", SECRET)
    login = await store.logins.take(ana.id)
    await store.history.add(Draft("lobby", "Ana", "before", user_id=ana.id))
    backup(place.data, tmp_path / "copies" / "today")
    await store.history.add(Draft("lobby", "Ana", "after", user_id=ana.id))
    async with Place(tmp_path / "copies" / "today", None).open(create=False) as restored:
        assert await restored.accounts.verify("ana", SECRET) == ana
        assert (await restored.logins.verify(login.token)).account == ana
        page = await restored.history.read("lobby")
        assert [message.text for message in page.messages] == ["before"]
        assert restored.secret("x") == store.secret("x")


async def test_a_backup_is_made_in_the_middle_of_a_burst(
    place: Place, store: Store, tmp_path: Path
) -> None:
    """It is whole: a number for each message up to the last, and nobody was held up."""
    done = False

    async def talk() -> None:
        while not done:
            await store.history.add(Draft("lobby", "Zed", "x", guest="z"))

    talking = [asyncio.create_task(talk()) for _ in range(20)]
    for n in range(5):
        await asyncio.to_thread(backup, place.data, tmp_path / f"copy{n}")
    done = True
    await asyncio.gather(*talking)
    for n in range(5):
        async with Place(tmp_path / f"copy{n}", None).open(create=False) as restored:
            last = (await restored.history.read("lobby", limit=1)).last
            assert await restored.history.count("lobby") == last


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
async def test_a_backup_is_closed_to_others(place: Place, store: Store, tmp_path: Path) -> None:
    """As the data directory is, and there is nothing else in it or beside it."""
    before = set(tmp_path.iterdir())
    backup(place.data, tmp_path / "copy")
    assert set(tmp_path.iterdir()) - before == {tmp_path / "copy"}
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    files = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "copy").iterdir()}
    assert files == {"chat.db": 0o600, "chat.secret": 0o600}


async def test_nothing_is_overwritten(place: Place, store: Store, tmp_path: Path) -> None:
    """An empty directory is taken, anything else is refused."""
    taken = tmp_path / "taken"
    taken.mkdir()
    backup(place.data, taken)
    for to in (taken, place.data / "chat.db"):
        with pytest.raises(BadInputError, match="already"):
            backup(place.data, to)
    with pytest.raises(BadInputError, match="no chat database"):
        backup(tmp_path / "nowhere", tmp_path / "copy")


async def test_a_backup_that_fails_leaves_nothing(
    place: Place, store: Store, tmp_path: Path
) -> None:
    """Not even half of a copy."""
    (place.data / "chat.secret").unlink()
    before = set(tmp_path.iterdir())
    with pytest.raises(StoreUnavailableError):
        backup(place.data, tmp_path / "copy")
    assert set(tmp_path.iterdir()) == before


# --- PostgreSQL, by the commands of docs/howto/accounts-and-backups.md -------------------------


async def _talk_until(done: asyncio.Event, store: Store) -> None:
    while not done.is_set():
        await store.history.add(Draft("lobby", "Zed", "x", guest="z"))


async def _is_as_it_was(place: Place, token: str) -> None:
    """See that all from before the dump is there, nothing from after, and that it goes on."""
    async with place.open(create=False) as restored:
        ana = await restored.accounts.verify("ana", SECRET)
        assert (await restored.logins.verify(token)).account == ana
        page = await restored.history.read("lobby", after=0, limit=1)
        assert [message.text for message in page.messages] == ["before"]
        assert [account.name for account in await restored.accounts.list()] == ["Ana"]
        last = (await restored.history.read("lobby", limit=1)).last
        assert await restored.history.count("lobby") == last
        after = await restored.history.add(Draft("lobby", "Ana", "after", user_id=ana.id))
        assert after.message.id == last + 1
        ben = await restored.accounts.register("Ben", SECRET)
        assert ben.id > ana.id


async def test_a_dump_of_postgresql_is_restored(
    postgres: Postgres, run: Run, tmp_path: Path
) -> None:
    """Made in the middle of a burst; over what has happened since, or into a new database."""
    url = postgres.empty_database()
    place, dump = Place(tmp_path / "data", url), tmp_path / "monday.dump"
    async with place.open() as store:
        ana = await store.accounts.register("Ana", SECRET)
        token = (await store.logins.take(ana.id)).token
        await store.history.add(Draft("lobby", "Ana", "before", user_id=ana.id))
        done = asyncio.Event()
        talking = [asyncio.create_task(_talk_until(done, store)) for _ in range(20)]
        await asyncio.to_thread(run, "pg_dump", "--format=custom", f"--file={dump}", url)
        done.set()
        await asyncio.gather(*talking)
        await store.accounts.register("Ben", SECRET)
    run("pg_restore", "--clean", "--if-exists", f"--dbname={url}", dump)
    await _is_as_it_was(place, token)
    other = Place(tmp_path / "other", postgres.create_database())
    other.data.mkdir(mode=0o700)
    shutil.copy(place.data / "chat.secret", other.data)
    assert other.database is not None
    run("pg_restore", "--clean", "--if-exists", f"--dbname={other.database}", dump)
    await _is_as_it_was(other, token)
