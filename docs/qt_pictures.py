"""Draws the pictures of windows in docs/images, each from a real run on a broker in memory.

QT_QPA_PLATFORM=offscreen python docs/qt_pictures.py             (needs headcount[qt] and a binding)
QT_QPA_PLATFORM=offscreen python docs/qt_pictures.py DIRECTORY   all states, in both languages
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parent.parent / "examples" / "commons"))

from pasture import FULL, REACH
from qtpy.QtCore import QLocale
from qtpy.QtGui import QColor, QFont, QPalette
from qtpy.QtWidgets import QApplication, QWidget
from table import Table
from window import GameWindow

from headcount.qt import ConnectionDialog, QtBroker, QtSession, RoleDialog, StatusWindow
from headcount.qt.qr import QrDialog
from headcount.qt.servers import server
from headcount.qt.servers_dialog import ServersDialog
from headcount.qt.texts import Language
from headcount.testing import MemoryBroker

IMAGES = Path(__file__).parent / "images"
PATIENCE = 15.0
NAMES = ("Ana", "Ben", "Chloe")
ROLES = ("Mayor", "Fisher", "Farmer")


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


# --- the connection dialog ---------------------------------------------------------------------


def dialog(memory: MemoryBroker, language: Language = "en", **options: object) -> ConnectionDialog:
    """Open a dialog that has found its broker."""
    made = ConnectionDialog(
        "Sea Zones",
        servers=["Workshop = mqtt://192.168.1.20:1883"],
        client_id="ana",
        connector=memory.connector(),
        language=language,
        **{"seats": (2, 4), "id": "sea-zones-3f9a", "seed": 584702, "name": "Ana", **options},
    )
    made.show()
    until(lambda: made.connect_button.isEnabled() and made.broker and made.broker.is_up)
    return made


def created(made: ConnectionDialog) -> None:
    """Create the session of a dialog."""
    made.connect_button.click()
    until(lambda: made.display and made.display.count == 1)


def others(memory: MemoryBroker) -> QtBroker:
    """Create two more sessions to see."""
    there = client(memory, "Dan")
    there.create("Forest Fire", id="forest-1", seats=6)
    there.create("Village", id="village-1", seats=(1, None))
    return there


def three_connected(memory: MemoryBroker, language: Language = "en") -> ConnectionDialog:
    """Play the scene: Ana creates a session, two others join, and there are two more to see."""
    made = dialog(memory, language)
    created(made)
    for name in NAMES[1:]:
        client(memory, name).join("sea-zones-3f9a")
    others(memory)
    until(lambda: made.display and made.display.count == 3 and len(made.display.rows) == 3)
    return made


def choosing(memory: MemoryBroker, language: Language) -> ConnectionDialog:
    """Let Ana choose a session of the list."""
    made = dialog(memory, language, id=None)
    others(memory)
    until(lambda: made.display and len(made.display.rows) == 2)
    made.list.setCurrentRow(1)
    until(lambda: made.join_radio.isChecked())
    return made


def alone(memory: MemoryBroker, language: Language) -> ConnectionDialog:
    """Let Ana wait for the others."""
    made = dialog(memory, language)
    created(made)
    return made


def refused(memory: MemoryBroker, language: Language) -> ConnectionDialog:
    """Let Ana look for a session that is not there."""
    made = dialog(memory, language, id="nowhere-1a2b")
    made.join_radio.click()
    made.connect_button.click()
    until(lambda: made.display and made.display.error)
    return made


def no_broker(memory: MemoryBroker, language: Language) -> ConnectionDialog:
    """Let no broker answer."""
    made = ConnectionDialog("Sea Zones", servers=["mqtt://127.0.0.1:1"], language=language)
    made.show()
    until(lambda: made.offer_button.isVisible())
    return made


def counting_down(memory: MemoryBroker, language: Language) -> ConnectionDialog:
    """Let a full session be about to start."""
    made = dialog(memory, language, seats=2)
    created(made)
    client(memory, "Ben").join("sea-zones-3f9a")
    until(lambda: "3..." in made.information_label.text())
    return made


# --- the other windows -------------------------------------------------------------------------


def seated(memory: MemoryBroker, roles: tuple[str, ...]) -> list[QtSession]:
    """Start a session of three, in which nobody has a role yet."""
    first, *rest = (client(memory, name) for name in NAMES)
    host = first.create(
        "Game", id="game", seats=3, roles=list(roles), seed=584702, grace_started=60.0
    )
    until(lambda: host.state)
    sessions = [host, *(broker.join("game") for broker in rest)]
    until(lambda: all(session.count == 3 for session in sessions))
    host.start()
    until(lambda: all(session.state.phase == "started" for session in sessions))
    return sessions


def role_dialog(memory: MemoryBroker, language: Language = "en") -> RoleDialog:
    """Let Ben have a role, and Ana choose."""
    ana, ben, _ = seated(memory, ROLES)
    ben.claim_role("Fisher")
    until(lambda: ana.state.role_holder("Fisher"))
    made = RoleDialog(ana, language=language)
    made.show()
    made.radios["Mayor"].click()
    return made


def role_chosen(memory: MemoryBroker, language: Language = "en") -> RoleDialog:
    """Let Ana have a role as well, and wait for Chloe."""
    made = role_dialog(memory, language)
    made.ok_button.click()
    until(lambda: made.role)
    return made


def status_window(memory: MemoryBroker, language: Language = "en") -> StatusWindow:
    """Let Ben be away, and Chloe look for a role."""
    ana, ben, _ = seated(memory, ROLES)
    ana.claim_role("Mayor")
    ben.claim_role("Fisher")
    until(lambda: ana.role and ana.state.role_holder("Fisher"))
    made = StatusWindow(ana, language=language)
    made.show()
    memory.refuse = True
    memory.drop(next(who for who in memory.client_ids if who.startswith("ben")))
    until(lambda: ana.count == 2)
    memory.refuse = False
    return made


def settings(memory: MemoryBroker, language: Language = "en") -> ServersDialog:
    """Show the brokers to choose from."""
    lines = ["Workshop = mqtt://192.168.1.20:1883", "Lab = mqtt://10.0.0.1 mqtt://10.0.0.2"]
    known = [server(line) for line in lines]
    made = ServersDialog(known, known[0], language)
    made.show()
    return made


def qr_code(memory: MemoryBroker, language: Language = "en") -> QrDialog:
    """Show what to scan."""
    made = QrDialog("mqtt://192.168.1.20:1883\nsea-zones-3f9a", language)
    made.show()
    return made


def commons(memory: MemoryBroker, language: Language = "en") -> GameWindow:
    """Play three rounds of the example, and let the herder plan the fourth."""
    sessions = seated(memory, tuple(REACH))
    for session, role in zip(sessions, REACH, strict=True):
        session.claim_role(role)
    until(lambda: all(session.role for session in sessions))
    window = GameWindow(sessions[0])
    window.show()
    tables = [window.table, *(Table(session) for session in sessions[1:])]
    for number in range(3):
        for column, table in enumerate(tables):
            for row in range(3):
                table.choose((2 * row + column, number + column))
            table.end_turn()
        until(lambda number=number: all(table.pasture.round > number for table in tables))
    lush = [cell for cell, height in window.table.pasture.grass.items() if height == FULL]
    bare = [cell for cell, height in window.table.pasture.grass.items() if not height]
    for table, cells in zip(tables, (lush[4:7], bare[2:4], [lush[6], lush[-3]]), strict=True):
        for cell in cells:
            table.choose(cell)
    tables[2].end_turn()
    until(lambda: window.table.plans["Ranger"].done and window.table.plans["Sower"].cells)
    window.kept = tables
    return window


KEPT = {
    "connection-dialog": three_connected,
    "role-dialog": role_dialog,
    "commons": commons,
}
"""Those that the documentation shows."""
ALL: dict[str, Callable[[MemoryBroker, Language], QWidget]] = {
    **KEPT,
    "status-window": status_window,
    "choosing": choosing,
    "alone": alone,
    "refused": refused,
    "no-broker": no_broker,
    "counting-down": counting_down,
    "role-chosen": role_chosen,
    "settings": settings,
    "qr-code": qr_code,
}


def keep(name: str, language: Language, path: Path) -> None:
    """Play a scene, and keep what its window looks like."""
    window = ALL[name](MemoryBroker(), language)
    QApplication.processEvents()
    window.grab().save(str(path))
    window.close()


def dark() -> QPalette:
    """Return colours for a dark room."""
    palette = QPalette(QColor("#2b2b2b"))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor("#808080"))
    palette.setColor(QPalette.ColorRole.Base, QColor("#1e1e1e"))
    palette.setColor(QPalette.ColorRole.AlternateBase, QColor("#262626"))
    return palette


def main() -> None:
    """Draw the pictures of the documentation, or all there are."""
    application = QApplication(["headcount"])
    application.setStyle("Fusion")
    application.setFont(QFont("DejaVu Sans", 10))
    QLocale.setDefault(QLocale("en_GB"))
    if len(sys.argv) < 2:
        for name in KEPT:
            keep(name, "en", IMAGES / f"{name}.png")
        return
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for name in ALL:
        for language in ("en", "fr"):
            keep(name, language, directory / f"{name}-{language}.png")
    application.setPalette(dark())
    for name in ALL:
        keep(name, "en", directory / f"{name}-dark.png")


if __name__ == "__main__":
    os.environ.setdefault("QT_SCALE_FACTOR", "2")
    main()
    os._exit(0)  # nobody is left who would have to be told
