"""Small things that all windows here share."""

from __future__ import annotations

from qtpy.QtCore import QLocale, Qt
from qtpy.QtWidgets import QLabel, QMessageBox, QWidget

from headcount.qt.texts import Language, language_of, text

ERROR_COLOUR, ERROR_COLOUR_ON_DARK = "#b3261e", "#ff8a80"
DARK = 128


def default_language() -> Language:
    """Return the language that the application's locale asks for."""
    return language_of(QLocale().name())


def label(words: str = "", *, wrap: bool = False, bold: bool = False) -> QLabel:
    """Return a label for plain text: what others wrote is never read as rich text."""
    made = QLabel(words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if bold:
        font = made.font()
        font.setBold(True)
        made.setFont(font)
    return made


def mark_error(made: QLabel) -> None:
    """Let a label look like an error, and let people copy what it says."""
    dark = made.palette().window().color().lightness() < DARK
    made.setStyleSheet(f"color: {ERROR_COLOUR_ON_DARK if dark else ERROR_COLOUR};")
    made.setWordWrap(True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)


def unmarked(words: str) -> str:
    """Return a text for a button: an `&` in it is one, and no keyboard shortcut."""
    return words.replace("&", "&&")


def closing_box(language: Language, words: str, parent: QWidget | None) -> QMessageBox:
    """Return the message that a session is over; it is shown at once and holds nobody up."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Information)
    box.setWindowTitle(text(language, "closed_title"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(words)
    box.open()
    return box
