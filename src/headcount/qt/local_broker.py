"""A broker on this computer, started from a window that found none."""

from __future__ import annotations

import atexit
import contextlib
from concurrent.futures import Future
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from headcount.background import wait
from headcount.broker.lan import lan_address
from headcount.errors import HeadcountError
from headcount.qt.courier import Port
from headcount.qt.line import Line

if TYPE_CHECKING:
    from headcount.broker.embedded import EmbeddedBroker

AT_EXIT = 5.0
"""The most that stopping it may take when the program ends, in seconds."""

_running: set[LocalBroker] = set()


class _Keeper:
    """The background's side: holds the broker, and no object of Qt."""

    def __init__(self, host: str, port: int, told: Port) -> None:
        self._host, self._port, self._told = host, port, told
        self._broker: EmbeddedBroker | None = None

    async def start(self) -> None:
        from headcount.broker.embedded import EmbeddedBroker

        try:
            broker = EmbeddedBroker(host=self._host, port=self._port)
            await broker.start()
        except (HeadcountError, OSError) as error:
            self._told.tell("fail", str(error))
        else:
            self._broker = broker
            self._told.tell("succeed", broker.url, broker.port)

    async def stop(self) -> None:
        if self._broker is not None:
            await self._broker.stop()
        self._told.tell("end")


class LocalBroker(QObject):
    """An `EmbeddedBroker` in a thread of its own, until `stop` or the end of the program.

    Args:
        host: the address to listen on; by default all, so that others can come in.
        port: the port to listen on; 0 takes a free one.

    Signals:
        started(url): it answers at this address.
        failed(message): it does not run; the message says why.
        stopped(): it was stopped.
    """

    started = Signal(str)
    failed = Signal(str)
    stopped = Signal()

    def __init__(self, host: str = "0.0.0.0", port: int = 1883) -> None:
        super().__init__()
        self.url = ""
        """The address on this computer, once it has started."""
        self.public_url = ""
        """The address for others on the same network."""
        self._line = Line()
        self._keeper = _Keeper(host, port, Port(self))
        self._stopping: Future[None] | None = None

    def start(self) -> None:
        """Start it; `started` or `failed` answers."""
        if self not in _running:
            _running.add(self)
            self._line.start()
            self._line.begin(self._keeper.start())

    def stop(self) -> None:
        """Stop it; `stopped` tells when that is done."""
        if self in _running and self._stopping is None:
            self._stopping = self._line.begin(self._keeper.stop())

    def succeed(self, url: str, port: int) -> None:
        """Take note that it runs."""
        self.url, self.public_url = url, f"mqtt://{lan_address() or '127.0.0.1'}:{port}"
        self.started.emit(url)

    def fail(self, message: str) -> None:
        """Take note that it does not."""
        self.end()
        self.failed.emit(message)

    def end(self) -> None:
        """Take note that it was stopped."""
        _running.discard(self)
        self._stopping = None
        self._line.stop()
        self.stopped.emit()

    def finish(self) -> None:
        """Stop what a program forgot to stop, when it ends."""
        self.stop()
        if self._stopping is not None:
            wait(self._stopping, AT_EXIT)


@atexit.register
def _stop_all() -> None:
    for broker in list(_running):
        with contextlib.suppress(HeadcountError, TimeoutError, OSError):
            broker.finish()
