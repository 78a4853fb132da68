"""`SGDistributedGameDialog`: the role dialog as SGE opens it."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QDialog, QWidget

from headcount.errors import BadInputError
from headcount.qt.role_dialog import RoleDialog
from headcount.sge.config import SGDistributedGameConfig
from headcount.sge.names.manager import SGDistributedSessionManager


class SGDistributedGameDialog(RoleDialog):
    """Accepted once everybody who is connected has a player's role.

    Args:
        parent: the window it belongs to.
        config: the settings; `assigned_player_name` is one's own player at the end.
        model: the model.
        session_manager: is in the session.

    Raises:
        BadInputError: it is in none.
    """

    def __init__(
        self,
        parent: QWidget | None,
        config: SGDistributedGameConfig,
        model: Any,
        session_manager: SGDistributedSessionManager,
    ) -> None:
        session = session_manager.session
        if session is None:
            raise BadInputError("join a session before its roles are chosen")
        self.config = config
        self.model = model
        self.session_manager = session_manager
        super().__init__(session, parent=parent)

    def done(self, result: int) -> None:
        """Close, and tell the settings which player one is."""
        if result == QDialog.DialogCode.Accepted:
            self.config.assigned_player_name = self.role
        super().done(result)
