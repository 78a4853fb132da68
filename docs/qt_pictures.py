"""Draws docs/images/connection-dialog.png from a real run: three instances in one session.

QT_QPA_PLATFORM=offscreen python docs/qt_pictures.py      (needs headcount[qt] and a binding)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qtpy.QtGui import QFont
from qtpy.QtWidgets import QApplication

from headcount.qt import ConnectionDialog, QtBroker
from headcount.testing import MemoryBroker

PICTURE = Path(__file__).parent / "images" / "connection-dialog.png"
PATIENCE = 15.0


def until(condition: Callable[[], object]) -> None:
    """Let the windows live until `condition` holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the picture's scene did not come about")
        QApplication.processEvents()
        time.sleep(0.005)


def client(memory: MemoryBroker, name: str) -> QtBroker:
    """Return an open connection."""
    broker = QtBroker(connector=memory.connector(), client_id=name.lower(), name=name)
    broker.open()
    until(lambda: broker.is_up)
    return broker


def perform(memory: MemoryBroker) -> ConnectionDialog:
    """Play the scene: Ana creates a session, two others join, and there are two more to see."""
    dialog = ConnectionDialog(
        "Sea Zones",
        servers=["Workshop = mqtt://192.168.1.20:1883"],
        client_id="ana",
        connector=memory.connector(),
        language="en",
        seats=(2, 4),
        id="sea-zones-3f9a",
        seed=584702,
        name="Ana",
    )
    dialog.show()
    until(lambda: dialog.connect_button.isEnabled() and dialog.broker and dialog.broker.is_up)
    dialog.connect_button.click()
    until(lambda: dialog.display and dialog.display.count == 1)
    ben, chloe, others = (client(memory, name) for name in ("Ben", "Chloe", "Dan"))
    ben.join("sea-zones-3f9a")
    chloe.join("sea-zones-3f9a")
    others.create("Forest Fire", id="forest-1", seats=6)
    others.create("Village", id="village-1", seats=(1, None))
    until(lambda: dialog.display and dialog.display.count == 3 and len(dialog.display.rows) == 3)
    return dialog


def main() -> None:
    """Play the scene and keep what the window looks like."""
    application = QApplication(["headcount"])
    application.setStyle("Fusion")
    application.setFont(QFont("DejaVu Sans", 10))
    dialog = perform(MemoryBroker())
    dialog.grab().save(str(PICTURE))
    dialog.reject()


if __name__ == "__main__":
    os.environ.setdefault("QT_SCALE_FACTOR", "2")
    main()
