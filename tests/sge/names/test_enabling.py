"""A distributed game for a model of any kind, by clicks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

from headcount import sge
from headcount.errors import BadInputError
from headcount.sge.names.connection_dialog import SGDistributedConnectionDialog
from headcount.sge.names.enabling import EnabledGame, enable_distributed_game
from headcount.sge.names.game_dialog import SGDistributedGameDialog
from tests.engines import Engine
from tests.qt.windows import click, until
from tests.sge.names.conftest import Model


class Player:
    """Does with the next dialog what a person would."""

    def __init__(self, *steps: Callable[[], bool]) -> None:
        self._steps = list(steps)
        self._timer = QTimer()
        self._timer.timeout.connect(self._go_on)
        self._timer.start(10)

    def _go_on(self) -> None:
        if self._steps and self._steps[0]():
            self._steps.pop(0)
        elif not self._steps:
            self._timer.stop()


def dialog(kind: type) -> object:
    """Return the window of a kind that is open, or None."""
    widgets = QApplication.topLevelWidgets()
    return next((each for each in widgets if isinstance(each, kind) and each.isVisible()), None)


def connects() -> bool:
    """Create the session, once that is possible."""
    window = dialog(SGDistributedConnectionDialog)
    if window is None or not window.connect_button.isEnabled():  # type: ignore[attr-defined]
        return False
    click(window.connect_button)  # type: ignore[attr-defined]
    return True


def starts() -> bool:
    """Start the game, once that is possible."""
    window = dialog(SGDistributedConnectionDialog)
    if window is None or not window.start_button.isEnabled():  # type: ignore[attr-defined]
        return False
    click(window.start_button)  # type: ignore[attr-defined]
    return True


def is_mayor() -> bool:
    """Take a role."""
    window = dialog(SGDistributedGameDialog)
    if window is None:
        return False
    click(window.radios["Mayor"])  # type: ignore[attr-defined]
    click(window.ok_button)  # type: ignore[attr-defined]
    return True


def test_a_model_of_any_kind(app: object, nats: Engine) -> None:
    """Dialog, session, role; the model can be asked."""
    model = Model()
    _player = Player(connects, starts)
    game = enable_distributed_game(
        model, (1,), "sea", broker_host="127.0.0.1", broker_port=nats.port
    )
    assert isinstance(game, EnabledGame)
    assert game.is_distributed()
    assert model.isDistributed()  # type: ignore[attr-defined]
    assert model.getConnectedInstancesCount() == 1  # type: ignore[attr-defined]
    assert game.seed == game.session.seed  # type: ignore[union-attr]
    _player = Player(is_mayor)
    assert game.choose_role()
    assert game.config.assigned_player_name == "Mayor"
    game.leave()
    assert model.getConnectedInstancesCount(7) == 7  # type: ignore[attr-defined]


def test_a_cancelled_dialog_is_no_game(app: object, nats: Engine) -> None:
    """The model stays as it was."""
    model = Model()

    def cancels() -> bool:
        window = dialog(SGDistributedConnectionDialog)
        if window is not None:
            window.reject()  # type: ignore[attr-defined]
        return window is not None

    _player = Player(cancels)
    assert enable_distributed_game(model, 2, broker_port=nats.port) is None
    assert not hasattr(model, "isDistributed")


@pytest.mark.parametrize("wrong", [0, (3, 2), (), "4", (1, 2, 3)])
def test_numbers_that_cannot_be_are_refused(app: object, wrong: object) -> None:
    """What to write instead is said."""
    with pytest.raises(BadInputError, match="num_players"):
        enable_distributed_game(Model(), wrong)  # type: ignore[arg-type]


def test_everything_is_found_where_sge_would_import_it() -> None:
    """What needs Qt is loaded when it is asked for."""
    for name in sge._WITH_QT:
        assert getattr(sge, name).__name__ == name
    with pytest.raises(AttributeError, match="SGNothing"):
        _ = sge.SGNothing
    until(lambda: True)
