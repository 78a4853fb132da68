"""The store as a whole: opening, closing, secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from headcount.chat.store import Draft, Store, StoreUnavailableError
from headcount.errors import BadInputError
from tests.chat.store.places import SECRET, Place
from tests.postgres import Postgres


async def test_it_keeps_everything_over_a_restart(place: Place) -> None:
    """Accounts and secrets; what was open before is closed."""
    async with place.open() as store:
        ana = await store.accounts.register("Ana", SECRET)
        secret = store.secret("page")
        await store.check()
    async with place.open(create=False) as store:
        assert await store.accounts.verify("Ana", SECRET) == ana
        assert store.secret("page") == secret != store.secret("guests")


async def test_it_has_to_be_somewhere() -> None:
    """In a directory or in a database."""
    with pytest.raises(BadInputError):
        async with Store.open(None):
            pass


async def test_without_a_directory_it_has_no_secret(postgres: Postgres) -> None:
    """All else works, where the database is elsewhere."""
    async with Store.open(None, postgres.create_database()) as store:
        await store.check()
        with pytest.raises(StoreUnavailableError, match="data directory"):
            store.secret("page")


async def test_a_directory_that_is_not_there_is_not_made_by_mistake(tmp_path: Path) -> None:
    """With `create=False`, a mistyped name is told."""
    with pytest.raises(StoreUnavailableError, match="no chat database"):
        async with Store.open(tmp_path / "typo", create=False):
            pass
    assert list(tmp_path.iterdir()) == []


async def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    """A file with something else in it is left alone."""
    (tmp_path / "chat.db").write_text("something else, and long enough to be looked at" * 10)
    with pytest.raises(StoreUnavailableError, match=r"chat\.db"):
        async with Store.open(tmp_path):
            pass
    assert "something else" in (tmp_path / "chat.db").read_text()


async def test_a_database_that_goes_away_is_told(place: Place, store: Store) -> None:
    """Every call says so, and the check of health as well."""
    for table in ("message", "room"):
        await place.run(
            lambda connection, drop=f"DROP TABLE {table}": connection.exec_driver_sql(drop)
        )
    with pytest.raises(StoreUnavailableError):
        await store.history.count("lobby")
    with pytest.raises(StoreUnavailableError):
        await store.history.clear("lobby")
    await store.check()


async def test_a_disk_that_is_full_is_no_good_health(
    place: Place, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """It can be read; but after a change that failed, one has to succeed. Each is logged once."""
    rename = "ALTER TABLE {} RENAME TO {}"
    for was, is_now in (("room", "gone"), ("alembic_version", "kept")):
        text = rename.format(was, is_now)
        await place.run(lambda connection, text=text: connection.exec_driver_sql(text))
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await store.history.add(Draft("lobby", "Zed", "x"))
        with pytest.raises(StoreUnavailableError):
            await store.check()
        assert not store.is_usable
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    text = rename.format("kept", "alembic_version")
    await place.run(lambda connection: connection.exec_driver_sql(text))
    await store.check()
    assert store.is_usable
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
