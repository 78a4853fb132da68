"""A real PostgreSQL for tests: a cluster of their own in a temporary directory, without a port.

::

    with Postgres() as server:
        url = server.empty_database()
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.engines import wait_until

START_TIMEOUT = 30.0
STOP_TIMEOUT = 10.0
USER = "headcount"

_SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "16MB",
    "fsync": "off",  # no test cuts the power
    "full_page_writes": "off",
}
_EMPTY = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public",
)
"""A new database for each test would be seven megabytes for each test."""


class PostgresMissingError(Exception):
    """PostgreSQL is not installed."""


class Postgres:
    """A server, reached through a socket in its directory; run by somebody who is not root."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="headcount-postgres-"))
        self._user = _nobody() if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self._used: str | None = None

    def start(self) -> None:
        """Make the cluster, and return when it answers.

        Raises:
            PostgresMissingError: it is not installed.
            RuntimeError: it did not start; the message holds its log.
        """
        if self._user is not None:
            shutil.chown(self.directory, self._user)
        cluster = self.directory / "cluster"
        self._run(
            *("initdb", "-D", str(cluster), "-U", USER, "-A", "trust", "--no-sync"),
            *("-E", "UTF8", "--no-locale"),
        )
        settings = {**_SETTINGS, "unix_socket_directories": f"'{self.directory}'"}
        with (cluster / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
        self._launch(cluster)
        if not wait_until(self._answers, START_TIMEOUT):
            raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")

    def stop(self) -> None:
        """End it, and remove what it wrote."""
        if self._process is not None:
            self._process.send_signal(3)  # "immediate shutdown"; there is nothing to keep
            try:
                self._process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def create_database(self) -> str:
        """Make an empty database; return its address."""
        name = f"test_{next(self._numbers)}"
        self._run("createdb", "-h", str(self.directory), "-U", USER, name)
        return f"postgresql://{USER}@/{name}?host={self.directory}"

    def empty_database(self) -> str:
        """Return the address of a database that is empty again, whatever has been done to it."""
        if self._used is None:
            self._used = self.create_database()
            return self._used
        commands = [part for command in _EMPTY for part in ("-c", command)]
        self._run("psql", "-q", "-d", self._used, *commands)
        return self._used

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self.directory / "log"

    def _launch(self, cluster: Path) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [program("postgres"), "-D", str(cluster)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                user=self._user,
            )

    def _answers(self) -> bool:
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_isready", "-h", str(self.directory), "-q")
            return True
        return False

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [program(name), *arguments],
            check=True,
            capture_output=True,
            cwd=self.directory,
            user=self._user,
        )


def program(name: str) -> str:
    """Return a program of PostgreSQL; Debian keeps them out of the PATH.

    Raises:
        PostgresMissingError: it is not there.
    """
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *map(str, versions)])
    found = shutil.which(name, path=path)
    if found is None:
        raise PostgresMissingError("PostgreSQL is not installed (apt-get install postgresql)")
    return found


def _nobody() -> str:
    """Return a user who is not root, since PostgreSQL refuses to run as root."""
    import pwd  # Windows has none

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
