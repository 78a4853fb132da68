"""The way back to one's seat, for a player whose computer or program died."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout

from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.identity import Claim
from headcount.qt import QtBroker, QtSession


class ComebackDialog(QDialog):
    """Looks for the game in which one had a seat; accepted once one sits there again.

    It is rejected when that game is over, or cannot be found. A `Claim` is a file with one's
    client id and secret; whoever shows them is the one who sat there.
    """

    def __init__(self, claim: Claim, servers: Sequence[str] | None) -> None:
        super().__init__()
        self.broker = QtBroker(servers or None, client_id=claim.client_id)
        self.session: QtSession | None = None
        self._claim = claim
        self.setWindowTitle("The Commons")
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel("You had a seat in a game. Looking for it..."))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.broker.accepted.connect(self._opened)
        self.broker.refused.connect(self.reject)
        self.broker.sessions_changed.connect(self._listed)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - the name is Qt's
        """Begin."""
        super().showEvent(event)
        self.broker.open()

    def reject(self) -> None:
        """Give the connection up: another window will make its own."""
        self.broker.close()
        super().reject()

    def _opened(self, word: str, version: int) -> None:
        self.broker.follow_sessions()

    def _listed(self, sessions: list[SessionState]) -> None:
        """Take the seat, if the list, which is whole from the beginning, holds the game."""
        if self.session is not None:
            return
        for state in sessions:
            if state.session_uid == self._claim.session_uid and state.phase is Phase.STARTED:
                self.session = self.broker.join(state.session_id, secret=self._claim.secret)
                self.session.accepted.connect(self._seated)
                self.session.refused.connect(self.reject)
                return
        self.reject()

    def _seated(self, word: str, version: int) -> None:
        if word == "join":
            self.broker.unfollow_sessions()
            self.accept()
