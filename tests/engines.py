"""Real brokers for tests and benchmarks: one process each, on a free port of the loopback.

::

    with Mosquitto(directory) as engine:
        connect(engine.url)
        engine.kill()
        engine.restart()
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from headcount.broker import config, recipes
from headcount.broker.binary import find_nats_server
from headcount.broker.ports import free_port
from headcount.errors import BrokerStartError
from tests.raw_mqtt import RawClient

HOST = "127.0.0.1"
START_TIMEOUT = 20.0
STOP_TIMEOUT = 10.0
PORT_TRIES = 5


class EngineMissingError(Exception):
    """The program of an engine is not installed."""


class Engine(ABC):
    """A broker process. It keeps its port for life, through any number of restarts.

    Arguments:
        directory: takes its configuration, log and store; it must exist.
    """

    name: ClassVar[str]

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = directory / "store"
        self.log = directory / "log"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address clients connect to."""
        return f"mqtt://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start on a free port, or on the one it had, and return when it answers a client.

        Raises:
            EngineMissingError: the program is not installed.
            RuntimeError: it ended, or gave no answer in time; the message holds its log.
        """
        fixed = self.port != 0
        for _ in range(PORT_TRIES):
            if not fixed:
                self.port = free_port(HOST)
            self._run()
            if wait_until(lambda: self._answers() or not self._running(), START_TIMEOUT) and (
                self._running()
            ):
                return
            self.kill()
        raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')}")

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """Ask it to end, and make sure that it does. Doing it twice changes nothing."""
        if self._process is None:
            return
        self.thaw()
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self, *, keep_store: bool = True) -> None:
        """Start it again on the same port, with what it stored or with nothing."""
        self.stop()
        if not keep_store:
            shutil.rmtree(self.store)
        self.start()

    def freeze(self) -> None:
        """Stop it in its tracks (SIGSTOP); its connections stay open, and silent."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitpid(self.pid, os.WUNTRACED)  # every thread has stopped once this returns

    def thaw(self) -> None:
        """Let it go on (SIGCONT)."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def _command(self, configuration: Path) -> Sequence[str]:
        """Return what to run."""

    @abstractmethod
    def _configuration(self) -> str:
        """Return the text of the configuration."""

    def _run(self) -> None:
        self.store.mkdir(exist_ok=True)
        file = self.directory / "conf"
        file.write_text(self._configuration())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(file), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _answers(self) -> bool:
        try:
            with RawClient(self.port, "probe", timeout=1.0) as client:
                client.close()
        except OSError:
            return False
        return True


class Mosquitto(Engine):
    """Mosquitto with the settings this package recommends."""

    name = "mosquitto"

    def _command(self, configuration: Path) -> Sequence[str]:
        path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
        program = shutil.which("mosquitto", path=path)
        if program is None:
            raise EngineMissingError("mosquitto is not installed (apt-get install mosquitto)")
        return program, "-c", str(configuration)

    def _configuration(self) -> str:
        text = recipes.mosquitto(host=HOST, port=self.port, store=self.store)
        return text + "user root\n" if os.name == "posix" and os.geteuid() == 0 else text


class Nats(Engine):
    """`nats-server` with the settings of the embedded broker."""

    name = "nats"

    def _command(self, configuration: Path) -> Sequence[str]:
        try:
            return str(find_nats_server()), "-c", str(configuration)
        except BrokerStartError as error:
            raise EngineMissingError(str(error)) from error

    def _configuration(self) -> str:
        return config.embedded(
            host=HOST,
            port=self.port,
            store=self.store,
            log=self.log,
            access=config.Access("nobody-is-told-this-secret"),
        )


ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (Nats, Mosquitto)}


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    """Wait until `condition` holds; return False if it did not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True
