"""The connection dialog as SGE opens it, by clicks, on real brokers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QDialog

from headcount.errors import BadInputError
from headcount.sge.config import SGDistributedGameConfig
from headcount.sge.names.connection_dialog import SGDistributedConnectionDialog
from headcount.sge.stages import ConnectionState
from tests.engines import Engine
from tests.interop.running import Running
from tests.qt.windows import click, until
from tests.sge.names.conftest import Managers, Model

Opened = Callable[..., SGDistributedConnectionDialog]
DELEGATES = (
    "_initializeSessionState",
    "_subscribeToSessionStateUpdates",
    "_startSessionStatePolling",
    "_startSessionStateHeartbeat",
    "_startCreatorCheckTimer",
    "_checkCreatorDisconnection",
    "_updateSessionsList",
    "_updateConnectedInstances",
    "_publishInstanceReady",
    "_subscribeToInstanceReady",
    "_subscribeToPlayerRegistrationForTracking",
)


@pytest.fixture
def dialogs(managers: Managers) -> Iterator[Opened]:
    """Give a function that opens the dialog of an instance."""
    made: list[SGDistributedConnectionDialog] = []

    def opened(port: int | None = None, **settings: Any) -> SGDistributedConnectionDialog:
        manager = managers()
        port = port or manager.mqtt_manager.broker_port
        config = SGDistributedGameConfig(
            **{"num_players": (2, 4), "broker_host": "127.0.0.1", "broker_port": port, **settings}
        )
        dialog = SGDistributedConnectionDialog(None, config, manager.model, manager)
        made.append(dialog)
        dialog.show()
        until(lambda: dialog.broker is not None and dialog.broker.is_up)
        return dialog

    yield opened
    for dialog in made:
        dialog.close()


def choose(dialog: SGDistributedConnectionDialog) -> None:
    """Choose the only session of the list, and join it."""
    click(dialog.join_radio)
    until(lambda: dialog.list.count() == 1)
    place = dialog.list.visualItemRect(dialog.list.item(0)).center()
    QTest.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    until(lambda: dialog.id_edit.text())
    click(dialog.connect_button)


def test_the_game_goes_on_with_the_manager(dialogs: Opened) -> None:
    """After `exec()` its session is the one that was chosen here; the settings tell it."""
    ann, ben = dialogs(session_id="sea", shared_seed=77), dialogs()
    assert ann.state_manager.current_state is ConnectionState.SETUP
    click(ann.connect_button)
    until(lambda: ann.bottom_label.text().startswith("1/2-4"))
    until(lambda: ann.state_manager.current_state is ConnectionState.WAITING)
    choose(ben)
    until(lambda: ben.bottom_label.text().startswith("2/2-4"))
    until(ann.start_button.isEnabled)
    for name in DELEGATES:
        assert getattr(ann, name)() in (None, False)
    until(lambda: ann.session.state.members[ann.session.client_id].ready)
    click(ann.start_button)
    until(lambda: ann.result() == ben.result() == QDialog.DialogCode.Accepted)
    for dialog in (ann, ben):
        manager = dialog.session_manager
        assert manager.session is dialog.session
        assert (dialog.config.session_id, dialog.config.shared_seed) == ("sea", 77)
        assert manager.readSessionState("sea").is_started()  # type: ignore[union-attr]
        assert manager.mqtt_manager.session_id == "sea"


def test_cancelling_has_a_name(dialogs: Opened) -> None:
    """Of the plans (S12): it leaves, and closes the window."""
    ann = dialogs()
    click(ann.connect_button)
    until(lambda: ann.bottom_label.text().startswith("1/2-4"))
    ann._cancelConnection()
    assert ann.result() == QDialog.DialogCode.Rejected
    assert ann.session_manager.session is None


def test_a_session_of_theirs_is_listed_and_joined(dialogs: Opened, mosquitto: Engine) -> None:
    """By a click, as one of ours: count, seed, and the start by its creator."""
    with Running.create(mosquitto.port, "S1") as old:
        ann = dialogs(port=mosquitto.port)
        until(lambda: ann.list.count() == 1)
        choose(ann)
        until(lambda: ann.bottom_label.text().startswith("2/2-4"))
        assert "✓" in ann.list.item(0).text()
        assert "(2/4 instances)" in ann.list.item(0).text()
        assert not ann.start_button.isVisible()
        old.wait_until(lambda: old.count == 2)
        old.tell("start")
        until(lambda: ann.result() == QDialog.DialogCode.Accepted)
        assert ann.config.shared_seed == old.wait_for("seed")["seed"]


def test_one_of_theirs_joins_what_a_dialog_created(dialogs: Opened, mosquitto: Engine) -> None:
    """Both displays here show it; it starts with us."""
    ann = dialogs(port=mosquitto.port, session_id="S1")
    click(ann.connect_button)
    until(lambda: ann.bottom_label.text().startswith("1/2-4"))
    with Running.join(mosquitto.port, "S1") as old:
        until(lambda: ann.bottom_label.text().startswith("2/2-4"), 60)
        assert "(2/4 instances)" in ann.list.item(0).text()
        old.wait_until(lambda: old.count == 2)
        until(ann.start_button.isEnabled)
        click(ann.start_button)
        until(lambda: ann.result() == QDialog.DialogCode.Accepted)
        old.wait_for("started")


def test_a_player_whose_name_cannot_travel_is_said(managers: Managers, mosquitto: Engine) -> None:
    """Before it hurts: NATS cuts who uses a topic with a space, Mosquitto does not."""
    model = Model()
    model.players["Forest Ranger"] = None
    for port, said in ((None, True), (mosquitto.port, False)):
        manager = managers(model)
        config = SGDistributedGameConfig(
            (1, 4), broker_host="127.0.0.1", broker_port=port or manager.mqtt_manager.broker_port
        )
        dialog = SGDistributedConnectionDialog(None, config, model, manager)
        dialog.show()
        until(lambda dialog=dialog: dialog.broker is not None and dialog.broker.is_up)
        click(dialog.connect_button)
        until(lambda dialog=dialog: dialog.bottom_label.text().startswith("1/1-4"))
        assert ("'Forest Ranger'" in dialog.error_label.text()) is said
        assert ("Mosquitto" in dialog.error_label.text()) is said
        dialog.reject()


def test_settings_that_do_not_fit_are_refused(managers: Managers) -> None:
    """Before a window is made."""
    manager = managers()
    with pytest.raises(BadInputError, match="num_players"):
        SGDistributedConnectionDialog(None, SGDistributedGameConfig((4, 2)), manager.model, manager)
