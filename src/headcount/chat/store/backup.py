"""A copy of the data directory, made while it is in use."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from headcount.chat.store.directory import DataDirectory
from headcount.chat.store.errors import StoreUnavailableError
from headcount.errors import BadInputError


def backup(data: Path, to: Path) -> None:
    """Copy the database of a data directory, as it is at one moment, and its secret.

    Nobody is held up meanwhile. The copy is a data directory itself: to restore it, put it in the
    place of the other one while nothing runs there. It appears whole or not at all.

    Arguments:
        data: the data directory, in use or not.
        to: where the copy is to be; must not be there yet, or be empty.

    Raises:
        BadInputError: there is something at `to`, or no chat database in `data`.
        StoreUnavailableError: it cannot be read or written.
    """
    source = DataDirectory(data)
    if not source.database.exists():
        raise BadInputError(f"there is no chat database in {data}: is it the right one?")
    if to.exists() and not (to.is_dir() and not any(to.iterdir())):
        raise BadInputError(f"{to} is there already: name a directory that is not")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        draft = DataDirectory(Path(tempfile.mkdtemp(prefix=f"{to.name}.", dir=to.parent)))
        try:
            _copy(source, draft)
            if to.exists():
                to.rmdir()
            draft.path.rename(to)
        except BaseException:
            shutil.rmtree(draft.path, ignore_errors=True)
            raise
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailableError(f"{data} could not be copied to {to}: {error}") from error


def _copy(source: DataDirectory, target: DataDirectory) -> None:
    target.make_database()
    with (
        contextlib.closing(sqlite3.connect(source.database)) as old,
        contextlib.closing(sqlite3.connect(target.database)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        [verdict] = new.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the database is damaged: {verdict}")
    secret = source.secret_file.read_bytes()
    with open(os.open(target.secret_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as f:
        f.write(secret)
    for path in (target.database, target.secret_file, target.path):
        _sync(path)


def _sync(path: Path) -> None:
    """Make sure that it is on the disk (a directory too, where the system can)."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
