"""The pasture on the screen: it shows what it is given, and tells which cell was clicked on."""

from __future__ import annotations

from collections.abc import Mapping

from pasture import CELLS, SIZE, Cell, Pasture
from qtpy.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget
from table import Plan

GROUND = ("#d9c49a", "#cfdc9a", "#9cc46b", "#5f9e47")
"""The colour of a cell, from bare to full."""
BLADE = "#2f6b2a"
ROLES = {"Herder": "#8c3b1b", "Sower": "#7a4fa3", "Ranger": "#1d5f93"}
"""The colour of a role; its first letter goes with it."""
CORNERS = {"Herder": (0.2, 0.2), "Sower": (0.8, 0.2), "Ranger": (0.2, 0.8)}
LEAST = 40
"""The least width of a cell, in points."""


class Board(QWidget):
    """A square of cells; `clicked` gives the cell."""

    clicked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._pasture: Pasture | None = None
        self._plans: Mapping[str, Plan] = {}
        self._role = ""
        self.setMinimumSize(SIZE * LEAST, SIZE * LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:  # noqa: N802 - the name is Qt's
        """Ask for cells one can hit."""
        return QSize(SIZE * 60, SIZE * 60)

    def show_pasture(self, pasture: Pasture, plans: Mapping[str, Plan], role: str) -> None:
        """Show the pasture with all plans; those of one's own role stand out."""
        self._pasture, self._plans, self._role = pasture, plans, role
        self.update()

    def place(self, cell: Cell) -> QRectF:
        """Return where a cell is drawn."""
        side = min(self.width(), self.height()) / SIZE
        left, top = (self.width() - side * SIZE) / 2, (self.height() - side * SIZE) / 2
        return QRectF(left + cell[1] * side, top + cell[0] * side, side, side)

    def cell_at(self, point: QPoint) -> Cell | None:
        """Return the cell that is drawn at a point, if one is."""
        return next((cell for cell in CELLS if self.place(cell).contains(QPointF(point))), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - the name is Qt's
        """Tell which cell was meant."""
        cell = self.cell_at(event.pos())
        if cell is not None:
            self.clicked.emit(cell)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - the name is Qt's
        """Draw every cell, and then the plans on it."""
        if self._pasture is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for cell in CELLS:
            place = self.place(cell).adjusted(1.5, 1.5, -1.5, -1.5)
            self._draw_ground(painter, place, self._pasture.grass[cell])
            for role, plan in self._plans.items():
                if cell in plan.cells:
                    self._draw_plan(painter, place, role)
        painter.end()

    def _draw_ground(self, painter: QPainter, place: QRectF, height: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(GROUND[height]))
        painter.drawRoundedRect(place, 4, 4)
        painter.setPen(QPen(QColor(BLADE), max(1.5, place.width() / 30)))
        for number in range(height):
            foot = QPointF(
                place.left() + place.width() * (0.5 + 0.2 * (number - (height - 1) / 2)),
                place.top() + place.height() * 0.68,
            )
            for lean in (-0.07, 0.0, 0.07):
                tip = QPointF(place.width() * lean, -place.height() * (0.26 - abs(lean)))
                painter.drawLine(foot, foot + tip)

    def _draw_plan(self, painter: QPainter, place: QRectF, role: str) -> None:
        colour, side = QColor(ROLES[role]), place.width()
        if role == self._role:
            painter.setPen(QPen(colour, max(2.0, side / 16)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 4, 4)
        across, down = CORNERS[role]
        middle = QPointF(place.left() + side * across, place.top() + side * down)
        painter.setPen(QPen(QColor("white"), 1.5))
        painter.setBrush(colour)
        painter.drawEllipse(middle, side * 0.16, side * 0.16)
        font = painter.font()
        font.setPixelSize(max(8, round(side * 0.2)))
        font.setBold(True)
        painter.setFont(font)
        badge = QRectF(middle.x() - side, middle.y() - side, 2 * side, 2 * side)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, role[0])
