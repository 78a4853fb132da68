"""The role dialog as SGE opens it."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QDialog

from headcount.errors import BadInputError
from headcount.sge.config import SGDistributedGameConfig
from headcount.sge.names.game_dialog import SGDistributedGameDialog
from tests.qt.windows import click, until
from tests.sge.names.conftest import Managers


def test_both_take_a_player(managers: Managers) -> None:
    """One whom two want goes to one of them; at the end the settings tell who one is."""
    ana, ben = managers(), managers()
    ana.publishSession("sea", 1, 4)
    until(lambda: ben.readSessionState("sea"))
    ben.updateSessionState("sea", lambda session: session.add_instance(ben.client_id))
    until(lambda: ana.session is not None and ana.session.count == 2)
    ana.updateSessionState("sea", lambda session: session.start())
    until(lambda: ben.readSessionState("sea").is_started())  # type: ignore[union-attr]
    configs = [SGDistributedGameConfig((1, 4)) for _ in range(2)]
    dialogs = [
        SGDistributedGameDialog(None, config, manager.model, manager)
        for config, manager in zip(configs, (ana, ben), strict=True)
    ]
    first, second = dialogs
    for dialog in dialogs:
        dialog.show()
    assert list(first.radios) == ["Mayor", "Fisher"]
    click(first.radios["Mayor"])
    click(first.ok_button)
    until(lambda: not second.radios["Mayor"].isEnabled())
    click(second.radios["Fisher"])
    click(second.ok_button)
    until(lambda: all(dialog.result() == QDialog.DialogCode.Accepted for dialog in dialogs))
    assert [config.assigned_player_name for config in configs] == ["Mayor", "Fisher"]


def test_without_a_session_there_are_no_roles(managers: Managers) -> None:
    """It is said what to do first."""
    manager = managers()
    with pytest.raises(BadInputError, match="join"):
        SGDistributedGameDialog(None, SGDistributedGameConfig(2), manager.model, manager)
