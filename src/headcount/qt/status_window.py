"""A small window that shows who is there, all through a game."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QListWidget, QVBoxLayout, QWidget

from headcount.core.state import SessionState
from headcount.qt.display import closed_text
from headcount.qt.people import people_display
from headcount.qt.session import QtSession
from headcount.qt.texts import Language, text
from headcount.qt.widgets import default_language, label

WIDTH = 240


class StatusWindow(QWidget):
    """Shows each role, or member without one: you, connected, away, or waited for.

    Args:
        session: the session one is in.
        language: `en` or `fr`; by default that of the application's locale.
        parent: the window it belongs to.
    """

    def __init__(
        self,
        session: QtSession,
        *,
        language: Language | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.session = session
        self.language = language or default_language()
        self.setWindowTitle(text(self.language, "people_title"))
        self.setMinimumWidth(WIDTH)
        self.list = QListWidget()
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setSpacing(2)
        self.total_label = label(wrap=True, bold=True)
        layout = QVBoxLayout(self)
        layout.addWidget(self.list)
        layout.addWidget(self.total_label)
        session.state_changed.connect(self._show_state)
        session.closed.connect(self._closed)
        if session.is_over:
            self._closed(session.closed_reason or "left")
        elif session.state is not None:
            self._show_state(session.state)

    @property
    def lines(self) -> list[str]:
        """What the list shows."""
        return [self.list.item(number).text() for number in range(self.list.count())]

    def _show_state(self, state: SessionState) -> None:
        if state.is_closed:
            return
        shown = people_display(self.language, state, self.session.client_id)
        if self.lines != list(shown.lines):
            self.list.clear()
            self.list.addItems(list(shown.lines))
        self.total_label.setText(shown.total)

    def _closed(self, reason: str) -> None:
        self.list.clear()
        self.total_label.setText(closed_text(self.language, reason))
