"""Bringing a database to the form this version of the program knows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from headcount.chat.store.database import Database
from headcount.chat.store.errors import NewerDatabaseError

LATEST: Final = "0001"
"""The revision of the tables in `schema`."""
_SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK_ID: Final = 0x68656164636E74  # "headcnt"; any number nobody else would lock


async def migrate(database: Database) -> None:
    """Make the tables, or change those of an older version, in one transaction or not at all.

    Of several that start at once one does the work, and the others wait for it.

    Raises:
        NewerDatabaseError: the tables are those of a newer version; nothing has changed.
        StoreUnavailableError: the database cannot be used.
    """
    if await database.read(_is_latest):
        return

    def upgrade(connection: sa.Connection) -> None:
        if not database.is_sqlite:  # there the transaction itself keeps others out
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_ID)))
        _upgrade(connection)

    await database.write(upgrade)


def _is_latest(connection: sa.Connection) -> bool:
    """Return whether there is nothing to do, without loading what would be needed to do it."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return False
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    return found.scalars().all() == [LATEST]


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    present = set(MigrationContext.configure(connection).get_current_heads())
    known = {script.revision for script in scripts.walk_revisions()}
    if present - known:
        raise NewerDatabaseError(
            "the database was written by a newer version of headcount "
            f"({', '.join(sorted(present - known))}): upgrade headcount, or restore a backup"
        )
    if present != set(scripts.get_heads()):
        command.upgrade(config, "head")
