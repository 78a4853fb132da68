"""Running statements: through SQLAlchemy, or straight on SQLite's driver.

Both run the same expressions. What SQLAlchemy does around each takes longer than SQLite needs to
run it. That is felt where it happens at every message, and nowhere else.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, OperationalError

T = TypeVar("T")
Values = Mapping[str, Any]


class Row(Protocol):
    """One row of an answer, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...


class Statements(Protocol):
    """What runs statements in one transaction."""

    @property
    def dialect(self) -> str:
        """The kind of database, as SQLAlchemy calls it."""

    def run(self, statement: sa.Executable, values: Values) -> Sequence[Row]:
        """Run a statement, and return the rows it gives."""

    def run_many(self, statement: sa.Executable, rows: Sequence[Values]) -> None:
        """Run a statement once for each row of values."""


class ThroughSqlalchemy:
    """Statements on a connection of SQLAlchemy.

    Args:
        connection: one that is in a transaction.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> str:
        """The kind of database."""
        return self._connection.dialect.name

    def run(self, statement: sa.Executable, values: Values) -> Sequence[Row]:
        """Run a statement, and return the rows it gives."""
        result = self._connection.execute(statement, values)
        return result.mappings().all() if result.returns_rows else ()

    def run_many(self, statement: sa.Executable, rows: Sequence[Values]) -> None:
        """Run a statement once for each row of values."""
        self._connection.execute(statement, rows)


class OnSqlite:
    """Statements on a connection of SQLite's driver, which is this object's own.

    Types of columns are not looked at: values are what the driver takes and gives. A statement is
    compiled when it is first run, and kept: it has to be one of a few that are made once.

    Args:
        connection: nobody else uses it; transactions are begun here.
    """

    dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.isolation_level = None
        connection.row_factory = sqlite3.Row
        self._connection = connection
        self._compiled: dict[sa.Executable, tuple[str, Values]] = {}

    def transaction(self, work: Callable[[Statements], T]) -> T:
        """Return what some changes give, which are kept all together; if it raises, none is.

        Raises:
            IntegrityError: a change breaks a rule of the schema.
            OperationalError: the database cannot be used now.
        """
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(self)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                raise
        except sqlite3.IntegrityError as error:
            raise IntegrityError(None, None, error) from error
        except sqlite3.Error as error:
            raise OperationalError(None, None, error) from error
        return result

    def run(self, statement: sa.Executable, values: Values) -> Sequence[Row]:
        """Run a statement, and return the rows it gives."""
        text, defaults = self._text(statement)
        return self._connection.execute(text, {**defaults, **values}).fetchall()

    def run_many(self, statement: sa.Executable, rows: Sequence[Values]) -> None:
        """Run a statement once for each row of values."""
        text, defaults = self._text(statement)
        self._connection.executemany(text, [{**defaults, **row} for row in rows])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _text(self, statement: sa.Executable) -> tuple[str, Values]:
        found = self._compiled.get(statement)
        if found is None:
            compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named"))  # type: ignore[attr-defined]
            found = self._compiled[statement] = (str(compiled), dict(compiled.params))
        return found
