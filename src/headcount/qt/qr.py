"""A QR code in a window."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QColor, QImage, QPixmap
from qtpy.QtWidgets import QDialog, QVBoxLayout, QWidget

from headcount.qt.texts import Language, text
from headcount.qt.widgets import label

MODULE = 8
"""Points on the screen for each square of the code."""
BORDER = 4


def qr_image(content: str) -> QImage:
    """Return the QR code of a text, one point for each of its squares."""
    import segno

    rows = [list(row) for row in segno.make_qr(content, error="m").matrix_iter(border=BORDER)]
    image = QImage(len(rows[0]), len(rows), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    black = QColor("black").rgb()
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                image.setPixel(x, y, black)
    return image


class QrDialog(QDialog):
    """Shows a text as a QR code, and as text below it."""

    def __init__(self, content: str, language: Language, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self.setWindowTitle(text(language, "qr"))
        image = qr_image(content)
        picture = label()
        picture.setPixmap(
            QPixmap.fromImage(image.scaled(image.width() * MODULE, image.height() * MODULE))
        )
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words = label(content)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.addWidget(label(text(language, "qr_hint"), wrap=True))
        layout.addWidget(picture)
        layout.addWidget(words)
