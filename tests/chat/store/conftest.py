"""Every test of the store runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from headcount.chat.store import Account, Store
from tests.chat.store.places import SECRET, Place
from tests.postgres import Postgres, PostgresMissingError


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give a running PostgreSQL; without one skip, but never where all must be there."""
    try:
        with Postgres() as server:
            yield server
    except PostgresMissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Give where an empty store is to be."""
    database = None
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres").empty_database()
    return Place(tmp_path / "data", database)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    """Give an open store."""
    async with place.open() as opened:
        yield opened


@pytest.fixture
async def other(place: Place, store: Store) -> AsyncIterator[Store]:
    """Give the same store as another node has it open."""
    async with place.open() as opened:
        yield opened


@pytest.fixture
async def ana(store: Store) -> Account:
    """Give an account."""
    return await store.accounts.register("Ana", SECRET)
