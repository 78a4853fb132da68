"""The directory of an embedded broker: retained messages, configuration and logs."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from headcount.errors import BrokerStartError

_LAST_LINES: Final = 12
_TAIL_BYTES: Final = 16_384


class Store:
    """A directory that one broker has for itself.

    Arguments:
        path: the directory, made if it is missing; None makes a temporary one.
    """

    def __init__(self, path: Path | None) -> None:
        self.temporary = path is None
        self._path = path
        self._lock: FileLock | None = None

    @property
    def path(self) -> Path:
        """The directory; a temporary one exists only once it is open."""
        assert self._path is not None
        return self._path

    @property
    def config(self) -> Path:
        """The configuration the server reads."""
        return self.path / "nats-server.conf"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.path / "nats-server.log"

    @property
    def errors(self) -> Path:
        """What the server says when it cannot even write a log."""
        return self.path / "nats-server.err"

    def open(self) -> None:
        """Make the directory, make sure that it can be written, and lock it.

        Raises:
            BrokerStartError: it cannot be used, or another broker uses it.
        """
        try:
            if self.temporary:
                self._path = Path(tempfile.mkdtemp(prefix="headcount-broker-"))
            self._path = self.path.resolve()
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = FileLock(self.path / "lock")
            self._lock.acquire(timeout=0)
        except Timeout as error:
            self._lock = None
            raise BrokerStartError(
                f"another broker keeps its messages in {self.path}: end it, or use another "
                "directory (--data DIR)"
            ) from error
        except OSError as error:
            raise self._unusable(error) from error

    def close(self) -> None:
        """Unlock the directory, and remove it if it is temporary."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self.temporary and self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)

    def write(self, configuration: str) -> None:
        """Write the configuration, readable by this user only: it holds passwords.

        Raises:
            BrokerStartError: the directory cannot be written.
        """
        try:
            descriptor = os.open(self.config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(configuration)
            self.errors.touch(mode=0o600)
        except OSError as error:
            raise self._unusable(error) from error

    def last_words(self) -> str:
        """Return the last lines the server wrote to its log and to standard error."""
        lines = _tail(self.log) + _tail(self.errors)
        return "\n".join(f"  {line}" for line in lines) or "  (none)"

    def says_port_in_use(self) -> bool:
        """Tell whether the server ended because another program has its port."""
        last = "\n".join(_tail(self.log)[-2:])
        return "Unable to listen" in last and ("in use" in last or "Only one usage" in last)

    def _unusable(self, error: OSError) -> BrokerStartError:
        return BrokerStartError(
            f"the broker cannot keep its messages in {self._path or tempfile.gettempdir()}: "
            f"{error.strerror}; use another directory (--data DIR)"
        )


def _tail(file: Path) -> list[str]:
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - _TAIL_BYTES))
            text = opened.read().decode(errors="replace")
    except OSError:
        return []
    return text.splitlines()[-_LAST_LINES:]
