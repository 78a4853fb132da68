"""Who one was: client ids and resume secrets, kept so that a crash does not cost the seat.

::

    with headcount.identity.claim("demo") as me:
        async with headcount.connect(client_id=me.client_id) as broker:
            async with broker.join("demo", secret=me.secret) as session:
                me.keep(session.uid)
                ...
            me.settle(session.closed_reason)

There is one file for each seat, in the user's state directory (`$HEADCOUNT_STATE_DIR` names
another), and a lock beside it that is held for as long as the process lives; the system
releases it when the process dies, however it dies. Where the directory cannot be written,
everything works but for the seat after a crash; the log says so.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import BaseFileLock, FileLock, Timeout
from platformdirs import user_state_path

from headcount import arguments

MAX_AGE = 7 * 24 * 3600.0
"""Seconds after which a seat that nobody came back to is forgotten."""
HELD_AFTER = {None, "replaced", "link_lost", "broker_gone"}
"""Reasons after which the seat, or what is known of it, may still be of use."""
WRITING = 0.5
"""The most to wait for a living process of the same name to write its secret, in seconds."""

_log = logging.getLogger("headcount")


def state_directory() -> Path:
    """Return the directory in which identities are kept."""
    given = os.environ.get("HEADCOUNT_STATE_DIR")
    return (Path(given) if given else user_state_path("headcount")) / "seats"


def draw_client_id() -> str:
    """Return a client id that nobody has."""
    return f"client-{secrets.token_hex(5)}"


def claim(session_id: str, client_id: str | None = None) -> Claim:
    """Return who to be in a session: who one was, if that process is gone, or somebody new.

    Args:
        session_id: the session to join.
        client_id: who to be in any case. Its secret is taken even from a process that lives,
            which is then replaced. Without it, nobody is taken over from a living process.

    Raises:
        BadInputError: an id cannot be used.
    """
    arguments.identifier(session_id, "session id")
    if client_id is not None:
        arguments.identifier(client_id, "client id")
    try:
        drawer = _Drawer(state_directory())
        return drawer.claim(session_id, client_id)
    except (OSError, NotImplementedError) as error:
        _log.warning("a seat cannot be kept over a crash: %s", error)
        who = client_id or draw_client_id()
        return Claim(_Record(session_id, who, secrets.token_urlsafe(24)))


@dataclass(frozen=True, slots=True)
class _Record:
    """What is kept of one seat."""

    session_id: str
    client_id: str
    secret: str
    session_uid: str = ""
    named: bool = False


class Claim:
    """An identity, held until it is released or the process ends."""

    def __init__(
        self,
        record: _Record,
        path: Path | None = None,
        lock: BaseFileLock | None = None,
        *,
        resumed: bool = False,
    ) -> None:
        self.resumed = resumed
        """Whether there was such a seat before."""
        self._record = record
        self._path = path
        self._lock = lock

    @property
    def client_id(self) -> str:
        """Who to connect as."""
        return self._record.client_id

    @property
    def secret(self) -> str:
        """What to join with."""
        return self._record.secret

    @property
    def session_uid(self) -> str:
        """The session in which the seat was had; empty before `keep`."""
        return self._record.session_uid

    def keep(self, session_uid: str) -> None:
        """Write down that one has a seat; to be called as soon as one has it."""
        record = self._record
        self._record = _Record(
            record.session_id, record.client_id, record.secret, session_uid, record.named
        )
        if self._path is None:
            return
        try:
            _write(self._path, self._record)
        except OSError as error:
            _log.warning("the seat cannot be kept over a crash: %s", error)

    def settle(self, reason: str | None) -> None:
        """Forget the seat if the session is over for good, else only release it.

        Args:
            reason: why the session is over, or None if it is not known.
        """
        if reason in HELD_AFTER:
            self.release()
        else:
            self.forget()

    def forget(self) -> None:
        """Delete what was kept, and release it."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        self.release()
        self._path = None

    def release(self) -> None:
        """Let another process have this identity. Doing it twice changes nothing."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
            if self._path is not None and not self._path.exists():
                _discard(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


class _Drawer:
    """The directory of all seats."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._prune(time.time() - MAX_AGE)

    def claim(self, session_id: str, client_id: str | None) -> Claim:
        if client_id is not None:
            return self._named(session_id, client_id)
        for path in self._newest_first(f"{_digest(session_id)}-*.json"):
            record = _read(path)
            if record is None or record.named or record.session_id != session_id:
                continue
            lock = _locked(path)
            if lock is None:
                continue
            record = _read(path)  # whoever had the lock may have left in between
            if record is not None:
                return Claim(record, path, lock, resumed=True)
            lock.release()
        drawn = draw_client_id()
        path = self._path(session_id, drawn)
        record = _Record(session_id, drawn, secrets.token_urlsafe(24))
        return Claim(record, path, _locked(path))

    def _named(self, session_id: str, client_id: str) -> Claim:
        path = self._path(session_id, client_id)
        lock = _locked(path)
        record = _read(path)
        until = time.monotonic() + WRITING
        while lock is None and record is None and time.monotonic() < until:
            time.sleep(WRITING / 50)  # whoever has the lock is just writing
            record = _read(path)
        if record is not None and (record.session_id, record.client_id) == (session_id, client_id):
            return Claim(record, path, lock, resumed=True)
        record = _Record(session_id, client_id, secrets.token_urlsafe(24), named=True)
        if lock is not None:
            # At once: another process of this name may be about to start.
            _write(path, record)
        return Claim(record, path, lock)

    def _path(self, session_id: str, client_id: str) -> Path:
        # Ids differ by case, which some file systems ignore: hence digests.
        return self._directory / f"{_digest(session_id)}-{_digest(client_id)}.json"

    def _newest_first(self, pattern: str) -> Iterator[Path]:
        dated = []
        for path in self._directory.glob(pattern):
            with contextlib.suppress(OSError):
                dated.append((path.stat().st_mtime_ns, path))
        return (path for _, path in sorted(dated, reverse=True))

    def _prune(self, oldest: float) -> None:
        """Delete what nobody has come back to; a living process still holds its lock."""
        for path in list(self._directory.iterdir()):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime >= oldest:
                    continue
                entry = path.with_suffix(".json")
                lock = _locked(entry)
                if lock is not None:
                    entry.unlink(missing_ok=True)
                    entry.with_suffix(".tmp").unlink(missing_ok=True)
                    lock.release()
                    _discard(entry)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:20]


def _locked(entry: Path) -> BaseFileLock | None:
    """Return the lock of an entry, or None when a living process has it."""
    lock = FileLock(entry.with_suffix(".lock"), timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    return lock


def _discard(entry: Path) -> None:
    """Delete the lock of an entry that is gone.

    Who opened it just before gets a lock that is worth nothing, reads that there is no entry,
    and looks further.
    """
    with contextlib.suppress(OSError):
        entry.with_suffix(".lock").unlink(missing_ok=True)


def _read(path: Path) -> _Record | None:
    try:
        return _Record(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, record: _Record) -> None:
    """Write an entry, whole or not at all, for this user's eyes only."""
    draft = path.with_suffix(".tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(record), file)
    draft.replace(path)
