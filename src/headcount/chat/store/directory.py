"""The data directory: for its owner's eyes only, with a secret drawn at the first start."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from headcount.chat.store.errors import StoreUnavailableError

_SECRET: Final = "chat.secret"
_DATABASE: Final = "chat.db"
_LOCK: Final = "chat.lock"
_BYTES: Final = 32
_LOCK_TIMEOUT: Final = 60.0


class DataDirectory:
    """Where the database of one machine and its secret are.

    Arguments:
        path: the directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def database(self) -> Path:
        """The database, if it is SQLite."""
        return self.path / _DATABASE

    @property
    def secret_file(self) -> Path:
        """The secret; nodes that are to understand each other have the same."""
        return self.path / _SECRET

    def make(self) -> None:
        """Make the directory if it is missing (0700), and close it to others if it is not.

        Raises:
            StoreUnavailableError: it cannot be made, or is not ours.
        """
        with _told(self.path):
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.path.stat().st_mode & 0o077:
                self.path.chmod(0o700)

    def make_database(self) -> None:
        """Make an empty file for the database (0600), if there is none.

        Raises:
            StoreUnavailableError: it cannot be made.
        """
        with _told(self.database), contextlib.suppress(FileExistsError):
            os.close(os.open(self.database, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def secret(self) -> bytes:
        """Return the secret of this directory, drawn when it is first asked for (0600).

        To be called while `starting` is held.

        Raises:
            StoreUnavailableError: it cannot be read or written, or is no secret.
        """
        with _told(self.secret_file):
            if not self.secret_file.exists():
                self._draw()
            if self.secret_file.stat().st_mode & 0o077:
                self.secret_file.chmod(0o600)
            kept = self.secret_file.read_text("ascii", "replace").strip()
        try:
            secret = bytes.fromhex(kept)
        except ValueError:
            secret = b""
        if len(secret) < _BYTES:
            raise StoreUnavailableError(
                f"{self.secret_file} holds no secret: bring it back from a backup, or remove it "
                "and a new one is drawn"
            )
        return secret

    @contextlib.asynccontextmanager
    async def starting(self) -> AsyncIterator[None]:
        """Let only one process at a time through; another one waits for it.

        Raises:
            StoreUnavailableError: the other takes more than a minute.
        """
        with _told(self.path):
            lock = FileLock(self.path / _LOCK, timeout=_LOCK_TIMEOUT, thread_local=False)
            try:
                await asyncio.to_thread(lock.acquire)
            except Timeout as error:
                raise StoreUnavailableError(
                    f"another process has been preparing {self.path} for a minute: end it"
                ) from error
        try:
            yield
        finally:
            lock.release()

    def _draw(self) -> None:
        """Write a secret, whole or not at all."""
        handle, draft = tempfile.mkstemp(dir=self.path, prefix=_SECRET)  # 0600 from the start
        with open(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self.secret_file)


def derived(secret: bytes, purpose: str) -> bytes:
    """Return the part of a secret that is for one purpose (32 bytes)."""
    return hmac.digest(secret, purpose.encode(), "sha256")


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, NotImplementedError) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreUnavailableError(f"{path} cannot be used ({why})") from error
