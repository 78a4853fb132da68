"""What tests of windows share: waiting with the event loop on, gaps of the GUI thread, clicks."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from weakref import ref

from qtpy.QtCore import QEventLoop, QObject, QPoint, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QRadioButton, QWidget

from headcount.links.memory import MemoryBroker
from headcount.qt import bridge
from headcount.qt.bridge import QtBroker

PATIENCE = 30.0
"""How long a test waits for what must come, in seconds."""
FROZEN = 0.05
"""How long the windows may stand still at most, in seconds."""
TRIES = 3
TICK = 5
"""Milliseconds between two looks at the clock, for gaps."""


def until(condition: Callable[[], Any], timeout: float = PATIENCE) -> None:
    """Let the windows live until `condition` holds.

    Raises:
        AssertionError: it did not in time.
    """
    deadline = time.monotonic() + timeout
    loop = QEventLoop()
    timer = QTimer()
    timer.timeout.connect(loop.quit)
    timer.start(2)
    while not condition():
        assert time.monotonic() < deadline, "it did not come in time"
        loop.exec()
    timer.stop()


def pause(seconds: float) -> None:
    """Let the windows live for a while."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end, seconds + PATIENCE)


def click(button: QWidget | None) -> None:
    """Click on a button that can be clicked."""
    assert button is not None
    assert button.isEnabled()
    assert button.isVisible()
    if isinstance(button, QRadioButton):
        # What can be hit is the sign and the text, at the left of a wide one.
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(8, button.height() // 2))
    else:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def least_gap(scene: Callable[[], None]) -> float:
    """Play a scene, and return the greatest gap of the GUI thread; the least of some tries.

    What the windows do themselves happens each time; what a busy machine does, does not.
    """
    gaps = []
    for _ in range(TRIES):
        # Collecting what the test program itself holds would stop all threads.
        gc.collect()
        gc.freeze()
        pulse = Pulse()
        try:
            scene()
        finally:
            gaps.append(pulse.stop())
            gc.unfreeze()
        assert pulse.ticks > 10
        if gaps[-1] < FROZEN:
            break
    return min(gaps)


SLOW: dict[str, Any] = {"heartbeat": 0.5, "lease": 3.0, "grace_lobby": 0.1, "link_timeout": 20.0}
"""Timers for which a busy machine is no dead member; a broken connection still tells at once."""


class Pulse(QObject):
    """Records the greatest gap between two ticks of the GUI thread, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.gap = 0.0
        self.ticks = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._last = time.monotonic()
        self._timer.start(TICK)

    def _tick(self) -> None:
        now = time.monotonic()
        self.gap = max(self.gap, now - self._last)
        self._last = now
        self.ticks += 1

    def stop(self) -> float:
        """Stop and return the greatest gap."""
        self._timer.stop()
        return self.gap


def ends_by_itself(made: list[object]) -> bool:
    """Tell whether nothing refers to the only object in a list in a circle; the list is emptied.

    Circles are ended by the collector, in whichever thread it runs, and Qt's objects must not be.
    """
    gc.collect()
    gc.disable()
    try:
        weak = ref(made[0])
        made.clear()
        return weak() is None
    finally:
        gc.enable()


class Windows:
    """Makes what a test needs, and ends all of it."""

    def __init__(self) -> None:
        self._brokers: list[QtBroker] = []
        self._widgets: list[QWidget] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for widget in self._widgets:
            widget.close()
        for broker in self._brokers:
            broker.close()
        until(lambda: not bridge._open)
        for widget in self._widgets:
            widget.deleteLater()
        QApplication.processEvents()

    def client(self, memory: MemoryBroker, client_id: str, **options: Any) -> QtBroker:
        """Return an open connection to a broker in memory."""
        broker = QtBroker(connector=memory.connector(), client_id=client_id, **options)
        self._brokers.append(broker)
        broker.open()
        until(lambda: broker.is_up)
        return broker

    def keep(self, widget: QWidget) -> None:
        """End a widget with the others."""
        self._widgets.append(widget)
