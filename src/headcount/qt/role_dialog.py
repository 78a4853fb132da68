"""The window in which everybody takes a role."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QMessageBox,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from headcount.core.state import SessionState
from headcount.qt.display import closed_text
from headcount.qt.people import RoleDisplay, role_display
from headcount.qt.refusals import refusal
from headcount.qt.session import QtSession
from headcount.qt.texts import Language, text
from headcount.qt.widgets import closing_box, default_language, label, mark_error, unmarked

WIDTH = 420


class RoleDialog(QDialog):
    """Accepted once everybody who is connected has a role; `role` is one's own then.

    The host decides who gets a role that two want. Until all have one, one may take another.

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
        super().__init__(parent)
        self.session = session
        self.language = language or default_language()
        self.display: RoleDisplay | None = None
        """What is shown just now."""
        self.message_box: QMessageBox | None = None
        """The message that the session is over, once it is."""
        self.radios: dict[str, QRadioButton] = {}
        """The buttons to choose with, by role."""
        self._asked = ""
        self._heard: list[tuple[str, str]] = []
        self.setWindowTitle(text(self.language, "roles_title"))
        self.setMinimumWidth(WIDTH)
        self.information_label = label(wrap=True)
        self.error_label = label()
        mark_error(self.error_label)
        self.ok_button = QPushButton(text(self.language, "ok"))
        self.cancel_button = QPushButton(text(self.language, "cancel"))
        self._group = QButtonGroup(self)
        self._choices = QVBoxLayout()
        self._arrange()
        self._listen()
        if session.state is not None:
            self._show_state(session.state)

    @property
    def role(self) -> str | None:
        """One's own role, or None."""
        return self.session.role

    def exec(self) -> int:
        """Show the window and wait for its end; what people are to know is read first."""
        result = super().exec()
        if self.message_box is not None and self.message_box.isVisible():
            self.message_box.exec()
        return int(result)

    def done(self, result: int) -> None:
        """Close, and hear no more of the session; who gives up gives the role back."""
        for signal, slot in self._heard:
            getattr(self.session, signal).disconnect(getattr(self, slot))
        self._heard = []
        if result != QDialog.DialogCode.Accepted and not self.session.is_over and self.role:
            self.session.release_role()
        super().done(result)

    # --- making ------------------------------------------------------------------------------

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        layout.addWidget(label(text(self.language, "roles_title"), bold=True))
        layout.addLayout(self._choices)
        layout.addStretch(1)
        layout.addWidget(self.information_label)
        layout.addWidget(self.error_label)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.ok_button)
        row.addWidget(self.cancel_button)
        layout.addLayout(row)
        self.ok_button.setDefault(True)
        self.cancel_button.setAutoDefault(False)

    def _listen(self) -> None:
        self._heard = [
            ("state_changed", "_show_state"),
            ("accepted", "_accepted"),
            ("refused", "_refused"),
            ("closed", "_closed"),
        ]
        for signal, slot in self._heard:
            getattr(self.session, signal).connect(getattr(self, slot))
        self._group.buttonToggled.connect(self._chosen)
        self.ok_button.clicked.connect(self._claim)
        self.cancel_button.clicked.connect(self.reject)

    # --- showing -----------------------------------------------------------------------------

    def _show_state(self, state: SessionState) -> None:
        """Show everything anew, from one state."""
        self.display = shown = role_display(self.language, state, self.session.client_id)
        for choice in shown.choices:
            radio = self.radios.get(choice.role) or self._new_radio(choice.role)
            radio.setText(unmarked(choice.text))
            radio.setEnabled(choice.is_free)
            if radio.isChecked() and not choice.is_free:
                self._uncheck(radio)
        self.information_label.setText(shown.information)
        self._chosen()
        if shown.complete and self.isVisible():
            self.accept()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - the name is Qt's
        """Go at once if there is nothing left to choose, or no session any more."""
        super().showEvent(event)
        if self.session.is_over:
            self._closed(self.session.closed_reason or "left")
        elif self.display is not None and self.display.complete:
            self.accept()

    def _new_radio(self, role: str) -> QRadioButton:
        radio = self.radios[role] = QRadioButton()
        radio.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._group.addButton(radio)
        self._choices.addWidget(radio)
        return radio

    def _uncheck(self, radio: QRadioButton) -> None:
        """Take a choice back that somebody else was faster with."""
        self._group.setExclusive(False)
        radio.setChecked(False)
        self._group.setExclusive(True)

    def _wanted(self) -> str | None:
        return next((role for role, radio in self.radios.items() if radio.isChecked()), None)

    def _chosen(self) -> None:
        wanted = self._wanted()
        self.ok_button.setEnabled(wanted not in (None, self.role) and not self._asked)

    # --- asking ------------------------------------------------------------------------------

    def _claim(self) -> None:
        wanted = self._wanted()
        if wanted is not None:
            self._asked = wanted
            self.error_label.setText("")
            self.session.claim_role(wanted)
            self._chosen()

    def _accepted(self, word: str, version: int) -> None:
        if word == "claim_role":
            self._asked = ""
            self._chosen()

    def _refused(self, word: str, code: str, message: str) -> None:
        if word == "claim_role":
            told = refusal(self.language, code, message, role=self._asked)
            self._asked = ""
            self.error_label.setText(f"✗ {told}")
            self._chosen()

    def _closed(self, reason: str) -> None:
        if reason != "left":
            words = closed_text(self.language, reason)
            self.message_box = closing_box(self.language, words, self.parentWidget())
        self.reject()
