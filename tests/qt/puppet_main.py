"""The process behind a `Puppet`: windows, orders on standard input, JSON lines on the output.

``python -m tests.qt.puppet_main KIND URL OPTIONS MILLISECONDS``

Orders: `click` on a widget, on the `row` of a list, on a `cell` of a board; `show` a dialog again;
`gap`, the longest time that the windows stood still since the last such order. Each is answered by
one line, with the moment just before it was carried out.
"""

from __future__ import annotations

import json
import re
import runpy
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Qt, QTimer, Signal
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QMessageBox, QWidget

from headcount.qt import ConnectionDialog, RoleDialog
from tests.qt.windows import Pulse, click

EXAMPLES = Path(__file__).parent.parent.parent / "examples"

Order = dict[str, Any]


def say(**told: Any) -> None:
    """Write one line."""
    print(json.dumps(told, ensure_ascii=False), flush=True)


# --- what windows show -------------------------------------------------------------------------


def _connection_dialog(dialog: Any) -> dict[str, Any]:
    rows = [dialog.list.item(number) for number in range(dialog.list.count())]
    own = next((re.search(r"\((\d+)/", row.text()) for row in rows if "✓" in row.text()), None)
    bottom = re.match(r"(\d+)/", dialog.bottom_label.text())
    return {
        "list": None if own is None else int(own[1]),
        "bottom": None if bottom is None else int(bottom[1]),
        "rows": [row.text() for row in rows],
        "tips": [row.toolTip() for row in rows],
        "line": dialog.bottom_label.text(),
        "error": dialog.error_label.text(),
        "status": dialog.status_label.text(),
        "seed": dialog.seed_label.text(),
        "can_connect": dialog.connect_button.isEnabled(),
        "can_start": dialog.start_button.isEnabled(),
    }


def _role_dialog(dialog: Any) -> dict[str, Any]:
    return {
        "radios": {role: radio.text() for role, radio in dialog.radios.items()},
        "free": [role for role, radio in dialog.radios.items() if radio.isEnabled()],
        "error": dialog.error_label.text(),
        "can_ok": dialog.ok_button.isEnabled(),
    }


def _game_window(window: Any) -> dict[str, Any]:
    pasture = window.table.pasture
    return {
        "role": window.role_label.text(),
        "round": window.round_label.text(),
        "grass": "".join(str(pasture.grass[cell]) for cell in sorted(pasture.grass)),
        "points": {role: label.text() for role, label in window.points.items()},
        "plans": {
            role: [sorted(plan.cells), plan.done] for role, plan in window.table.plans.items()
        },
        "people": window.status.lines,
        "news": window.news_label.text(),
        "hint": window.hint_label.text(),
        "can_end": window.end_button.isEnabled(),
        "can_next": window.next_button.isVisible() and window.next_button.isEnabled(),
    }


READERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "ConnectionDialog": _connection_dialog,
    "RoleDialog": _role_dialog,
    "GameWindow": _game_window,
    "QMessageBox": lambda box: {"text": box.text()},
}


def shown() -> dict[str, Any]:
    """Return what all visible windows show."""
    windows = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
    return {
        type(each).__name__: READERS[type(each).__name__](each)
        for each in windows
        if type(each).__name__ in READERS
    }


# --- what is done to them ----------------------------------------------------------------------


def _find(order: Order) -> Any:
    """Return the window of an order, or the part of it that a path leads to."""
    window = next(
        each
        for each in QApplication.topLevelWidgets()
        if type(each).__name__ == order["window"] and each.isVisible()
    )
    return reduce(_part, order.get("path", ()), window)


def _part(whole: Any, name: str) -> Any:
    if isinstance(whole, dict):
        return whole[name]
    if isinstance(whole, QMessageBox):
        return whole.buttons()[0]
    return getattr(whole, name)


def _click_row(order: Order) -> None:
    listed = _find(order).list
    place = listed.visualItemRect(listed.item(order["row"])).center()
    QTest.mouseClick(listed.viewport(), Qt.MouseButton.LeftButton, pos=place)


def _click_cell(order: Order) -> None:
    board = _find(order).board
    place = board.place(tuple(order["cell"])).center().toPoint()
    QTest.mouseClick(board, Qt.MouseButton.LeftButton, pos=place)


class Strings(QObject):
    """Carries orders out in the thread of the windows, and looks at these."""

    _came = Signal(str)

    def __init__(self, every: int) -> None:
        super().__init__()
        self.kept: list[QWidget] = []
        """Windows that may be shown again."""
        self._last: dict[str, Any] | None = None
        self._pulse = Pulse()
        self._came.connect(self._carry_out, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._timer.start(every)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self._came.emit(line)

    def _look(self) -> None:
        now = shown()
        if now != self._last:
            self._last = now
            say(at=time.monotonic(), shown=now)

    def _carry_out(self, line: str) -> None:
        order, at = json.loads(line), time.monotonic()
        try:
            answer = self._do(order)
        except Exception:
            answer = {"error": f"{line}{traceback.format_exc()}"}
        say(at=at, **answer)

    def _do(self, order: Order) -> dict[str, Any]:
        match order["do"]:
            case "click":
                click(_find(order))
            case "row":
                _click_row(order)
            case "cell":
                _click_cell(order)
            case "show":
                self.kept[0].show()
            case "gap":
                gap, self._pulse = self._pulse.stop(), Pulse()
                return {"gap": gap}
        return {}


# --- what is opened ----------------------------------------------------------------------------


def open_dialog(strings: Strings, url: str, options: Order) -> None:
    """Open a connection dialog, and a role dialog once its session has started."""
    dialog = ConnectionDialog("Sea Zones", servers=[url], language="en", **options)
    strings.kept.append(dialog)

    def started() -> None:
        if dialog.session is not None:
            roles = RoleDialog(dialog.session, language="en")
            strings.kept.append(roles)
            roles.show()

    dialog.accepted.connect(started)
    dialog.show()


def main() -> None:
    """Open what was asked for, and live until killed."""
    kind, url, options, every = sys.argv[1:]
    application = QApplication([kind])
    application.setQuitOnLastWindowClosed(kind == "commons")
    strings = Strings(int(every))
    if kind == "commons":
        sys.argv[1:] = [url]
        runpy.run_path(str(EXAMPLES / "commons"), run_name="__main__")
    if kind == "dialog":
        open_dialog(strings, url, json.loads(options))
    application.exec()


if __name__ == "__main__":
    main()
