"""Statements: the same through SQLAlchemy and straight on SQLite's driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from headcount.chat.store.schema import metadata, room
from headcount.chat.store.statements import OnSqlite, Statements, ThroughSqlalchemy
from headcount.chat.store.storing import _STATEMENTS

T = TypeVar("T")
INSERTED = sa.insert(room)
FOUND = sa.select(room.c.name, room.c.last).where(room.c.last > sa.bindparam("more"))
Transaction = Callable[[Callable[[Statements], T]], T]


@contextmanager
def through_sqlalchemy(path: Path) -> Iterator[Transaction[object]]:
    """Run transactions the long way."""
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))

    def transaction(work: Callable[[Statements], object]) -> object:
        with engine.begin() as connection:
            return work(ThroughSqlalchemy(connection))

    yield transaction
    engine.dispose()


@contextmanager
def on_sqlite(path: Path) -> Iterator[Transaction[object]]:
    """Run transactions the short way."""
    made = OnSqlite(sqlite3.connect(path))
    yield made.transaction
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a database with all tables and nothing in them."""
    path = tmp_path / "chat.db"
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture(params=[through_sqlalchemy, on_sqlite])
def transaction(request: pytest.FixtureRequest, path: Path) -> Iterator[Transaction[object]]:
    """Give what runs transactions."""
    with request.param(path) as made:
        yield made


def names(statements: Statements) -> list[str]:
    """Return the rooms that have a message."""
    return [row["name"] for row in statements.run(FOUND, {"more": 0})]


def test_rows_have_names(transaction: Transaction[object]) -> None:
    """Whatever runs them, and however often."""

    def work(statements: Statements) -> list[str]:
        assert statements.dialect == "sqlite"
        statements.run_many(INSERTED, [{"name": name, "last": 1, "floor": 0} for name in "abc"])
        assert statements.run(INSERTED, {"name": "d", "last": 0, "floor": 0}) in ((), [])
        return names(statements)

    assert transaction(work) == ["a", "b", "c"]
    assert transaction(names) == ["a", "b", "c"]


def test_what_raises_undoes_all_of_it(transaction: Transaction[object]) -> None:
    """And the next one works."""

    def fail(statements: Statements) -> None:
        statements.run(INSERTED, {"name": "a", "last": 1, "floor": 0})
        raise KeyError

    with pytest.raises(KeyError):
        transaction(fail)
    assert transaction(names) == []


def test_a_broken_rule_is_told_as_such(transaction: Transaction[object]) -> None:
    """As SQLAlchemy tells it, so that nobody has to know which way it was."""
    twice = [{"name": "a", "last": 1, "floor": 0}] * 2
    with pytest.raises(IntegrityError):
        transaction(lambda statements: statements.run_many(INSERTED, twice))
    assert transaction(names) == []


def test_what_else_goes_wrong_is_told_as_such(path: Path) -> None:
    """A table that is missing stands for a disk that is full."""
    with on_sqlite(path) as transaction, pytest.raises(OperationalError, match="nonsense"):
        transaction(lambda statements: statements.run(sa.text("SELECT * FROM nonsense"), {}))


@pytest.mark.parametrize("name", ["with_refs", "replied_to"])
def test_no_message_is_looked_for_one_by_one(path: Path, name: str) -> None:
    """Lists are given as JSON; the indexes are used all the same."""
    statement = getattr(_STATEMENTS["sqlite"], name)
    compiled = statement.compile(dialect=sa.create_engine("sqlite://").dialect)
    with sqlite3.connect(path) as connection:
        asked = f"EXPLAIN QUERY PLAN {compiled}"
        steps = [row[3] for row in connection.execute(asked, ["[]"] * len(compiled.params))]
    connection.close()
    assert not [step for step in steps if step.startswith("SCAN message")], steps
