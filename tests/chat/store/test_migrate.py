"""Migrations: from nothing to the tables of this version, by one of several at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from headcount.chat.store import NewerDatabaseError, Store
from headcount.chat.store.migrate import LATEST, migrate
from headcount.chat.store.schema import metadata
from tests.chat.store.places import SECRET, Place
from tests.chat.store.test_storing import ROOT

OPEN = """
import asyncio, sys
from pathlib import Path
from headcount.chat.store import Store
async def main(data, database=None):
    async with Store.open(Path(data), database) as store:
        await store.check()
        print(store.secret("x").hex())
asyncio.run(main(*sys.argv[1:]))
"""


def differences(connection: sa.Connection) -> list[Any]:
    """Return where the tables differ from what the program thinks of them."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_migrations_lead_to_the_tables_the_program_uses(place: Place, store: Store) -> None:
    """Whoever changes a table there and forgets the migration learns it here."""
    assert await place.run(differences) == []


async def test_the_latest_revision_is_known(place: Place, store: Store) -> None:
    """So that a start finds at once that there is nothing to do, without loading alembic."""
    assert await place.rows("SELECT version_num FROM alembic_version") == [(LATEST,)]
    command = [sys.executable, "-c", OPEN + "assert 'alembic' not in sys.modules", str(place.data)]
    subprocess.run([*command, *filter(None, [place.database])], check=True, cwd=ROOT)


async def test_an_open_store_is_opened_again_unchanged(place: Place) -> None:
    """What is in it stays."""
    async with place.open() as store:
        ana = await store.accounts.register("Ana", SECRET)
    async with place.open() as store:
        assert await store.accounts.list() == [ana]


async def test_several_connections_may_start_at_once(place: Place) -> None:
    """One makes the tables, the others find them."""
    async with place.bare() as database:
        await asyncio.gather(*(migrate(database) for _ in range(5)))


def test_several_processes_may_start_at_once(place: Place) -> None:
    """On an empty directory: one set of tables, one secret."""
    command = [sys.executable, "-c", OPEN, str(place.data), *filter(None, [place.database])]
    started = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", cwd=ROOT
        )
        for _ in range(4)
    ]
    ended = [process.communicate() for process in started]
    assert [
        (process.returncode, err) for process, (_, err) in zip(started, ended, strict=True)
    ] == [(0, "")] * 4
    assert len({out for out, _ in ended}) == 1


async def test_a_newer_database_is_refused_and_left_alone(place: Place) -> None:
    """With words about what to do."""
    async with place.open() as store:
        await store.accounts.register("Ana", SECRET)
    newer = "UPDATE alembic_version SET version_num = '9999'"
    await place.run(lambda connection: connection.exec_driver_sql(newer))
    with pytest.raises(NewerDatabaseError, match="upgrade headcount"):
        async with place.open():
            pass
    assert await place.rows("SELECT name FROM account") == [("Ana",)]


async def test_a_migration_that_fails_changes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables it has made are gone again."""

    def fail(connection: sa.Connection) -> None:
        connection.execute(sa.text("CREATE TABLE half (id INTEGER)"))
        raise KeyError

    monkeypatch.setattr("headcount.chat.store.migrate._upgrade", fail)
    async with place.bare() as database:
        with pytest.raises(KeyError):
            await migrate(database)
    assert await place.run(lambda connection: sa.inspect(connection).get_table_names()) == []
