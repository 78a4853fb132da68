"""The window of the game: the pasture, what to do, the points, and who is there."""

from __future__ import annotations

from board import ROLES, Board
from pasture import REACH, ROUNDS, TASKS
from qtpy.QtCore import Qt
from qtpy.QtGui import QCloseEvent
from qtpy.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from table import Table

from headcount.qt import QtSession, StatusWindow

CLOSED = "The game is over for you: {reason}."
SIZE = (860, 580)
PANEL = 280
"""The width of what is beside the board, in points."""
PEOPLE = 130
"""The least height of the list of players."""


class GameWindow(QWidget):
    """One player's window. Closing it leaves the game, for good."""

    def __init__(self, session: QtSession) -> None:
        super().__init__()
        self.session = session
        self.table = Table(session)
        self.board = Board()
        self.status = StatusWindow(session, language="en")
        self.status.setWindowFlags(Qt.WindowType.Widget)  # here it is a part of this window
        self.status.layout().setContentsMargins(0, 0, 0, 0)
        self.status.setMinimumHeight(PEOPLE)
        self.round_label, self.news_label, self.hint_label = QLabel(), _words(), _words()
        self.role_label, self.task_label = QLabel(), _words()
        self.points = {role: QLabel("0") for role in REACH}
        self.end_button = QPushButton("End my turn")
        self.next_button = QPushButton("Next round now")
        self.next_button.setToolTip("Go on without those who have not ended their turn")
        self.setWindowTitle("The Commons")
        self.resize(*SIZE)
        self._arrange()
        self.board.clicked.connect(self.table.choose)
        self.end_button.clicked.connect(self.table.end_turn)
        self.next_button.clicked.connect(self.table.next_turn)
        self.table.changed.connect(self._show)
        session.closed.connect(self._closed)
        self._show()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - the name is Qt's
        """Leave, which lets the others go on without us."""
        self.session.leave()
        super().closeEvent(event)

    # --- showing -----------------------------------------------------------------------------

    def _show(self) -> None:
        table, pasture = self.table, self.table.pasture
        self.board.show_pasture(pasture, table.plans, table.role)
        over = pasture.is_over
        number = min(pasture.round + 1, ROUNDS)
        self.round_label.setText("The game is over" if over else f"Round {number} of {ROUNDS}")
        self.news_label.setText(self._news())
        self.hint_label.setText(self._hint())
        self.role_label.setText(f"You are the {table.role}" if table.role else "You look on")
        self.task_label.setText(TASKS.get(table.role, ""))
        for role, label in self.points.items():
            label.setText(str(pasture.points[role]))
        self.end_button.setEnabled(table.can_plan)
        self.next_button.setVisible(self.session.is_host)
        self.next_button.setEnabled(not over and bool(table.waited_for))

    def _news(self) -> str:
        pasture = self.table.pasture
        if not pasture.round:
            return "A pasture for all. How will it look in the end?"
        gains = ", ".join(f"{role} +{gain}" for role, gain in pasture.gains.items())
        return f"Last round was {pasture.weather}: {gains}."

    def _hint(self) -> str:
        table = self.table
        if not table.is_up:
            return "The connection is lost; trying to get it back..."
        if table.pasture.is_over:
            left = sum(table.pasture.grass.values())
            return f"{left} units of grass are left. Was it worth it? Talk about it."
        if table.can_plan:
            left = REACH[table.role] - len(table.plans[table.role].cells)
            return f"Choose up to {left} more, then end your turn." if left else "End your turn."
        waited_for = ", ".join(table.waited_for)
        return f"Waiting for: {waited_for}" if waited_for else "The next round begins..."

    def _closed(self, reason: str) -> None:
        self._show()
        self.hint_label.setText(CLOSED.format(reason=reason.replace("_", " ")))
        self.next_button.setEnabled(False)

    # --- making ------------------------------------------------------------------------------

    def _arrange(self) -> None:
        larger = {self.round_label: 6, self.role_label: 2, self.hint_label: 0}
        for label, by in larger.items():
            font = label.font()
            font.setPointSize(font.pointSize() + by)
            font.setBold(True)
            label.setFont(font)
        panel = QVBoxLayout()
        panel.setSpacing(10)
        panel.addWidget(self.round_label)
        panel.addWidget(self.news_label)
        panel.addWidget(_rule())
        panel.addWidget(self.role_label)
        panel.addWidget(self.task_label)
        panel.addWidget(self.hint_label)
        panel.addWidget(self.end_button)
        panel.addWidget(self.next_button)
        panel.addWidget(_rule())
        panel.addLayout(self._score())
        panel.addWidget(self.status, 1)
        side = QWidget()
        side.setFixedWidth(PANEL)
        side.setLayout(panel)
        layout = QHBoxLayout(self)
        layout.setSpacing(0)
        layout.addWidget(self.board, 1)
        layout.addWidget(side)

    def _score(self) -> QGridLayout:
        """Return the points of each role, which is the key to the signs on the board as well."""
        grid = QGridLayout()
        for row, (role, points) in enumerate(self.points.items()):
            sign = QLabel(role[0])
            sign.setFixedSize(20, 20)
            sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
            sign.setStyleSheet(
                f"background: {ROLES[role]}; color: white; border-radius: 10px; font-weight: bold;"
            )
            points.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(sign, row, 0)
            grid.addWidget(QLabel(role), row, 1)
            grid.addWidget(points, row, 2)
        grid.setColumnStretch(1, 1)
        return grid


def _words() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label


def _rule() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line
