"""From the threads that talk to brokers into the thread of the windows.

Objects of Qt must not end in another thread than theirs. So nothing in the background ever
refers to one: it has a `Port`, which knows the object weakly and looks it up in the thread of
the windows only.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from functools import cache, partial
from typing import Any
from weakref import ref

from qtpy.compat import isalive
from qtpy.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

CROWDED = 256
"""How many calls may wait for the windows before the broker's side keeps the next to itself."""
PAUSE = 0.01


class Courier(QObject):
    """Makes calls in the thread of the windows, in the order in which they were posted."""

    _posted = Signal()

    def __init__(self) -> None:
        super().__init__()
        # Nothing of Python's goes through Qt: only the sign that a call more is waiting here.
        self._calls: deque[Callable[[], None]] = deque()
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def waiting(self) -> int:
        """How many calls were posted and not made yet."""
        return len(self._calls)

    def post(self, call: Callable[[], None]) -> None:
        """Let `call` be made; from any thread. Once Qt is gone nothing happens."""
        self._calls.append(call)
        with contextlib.suppress(RuntimeError):
            self._posted.emit()

    @Slot()
    def _deliver(self) -> None:
        self._calls.popleft()()


@cache
def courier() -> Courier:
    """Return the one there is; it works in the thread of the application, if there is one."""
    made = Courier()
    application = QCoreApplication.instance()
    if application is not None:
        made.moveToThread(application.thread())
    return made


class Port:
    """Where one object of the windows is told things; it may be kept in any thread."""

    def __init__(self, target: QObject) -> None:
        self._target = ref(target)
        self._courier = courier()

    def tell(self, method: str, *values: Any) -> None:
        """Let a method of the object be called in its thread, if it is still there."""
        self._courier.post(partial(self._call, method, values))

    async def room(self) -> None:
        """Wait while a window that is busy has too much to catch up on."""
        while self._courier.waiting >= CROWDED:
            await asyncio.sleep(PAUSE)

    def _call(self, method: str, values: tuple[Any, ...]) -> None:
        target = self._target()
        if target is not None and isalive(target):  # type: ignore[no-untyped-call]
            getattr(target, method)(*values)
