"""`enable_distributed_game`: a distributed game for a model of any kind.

::

    game = enable_distributed_game(model, (2, 4))
    if game is not None and game.choose_role():
        play(model, game.config.assigned_player_name, game.seed)
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import Any

from qtpy.QtWidgets import QApplication, QDialog, QWidget

from headcount.qt.session import QtSession
from headcount.sge.config import NumPlayers, SGDistributedGameConfig, UpdateType, checked
from headcount.sge.names.connection_dialog import SGDistributedConnectionDialog
from headcount.sge.names.game_dialog import SGDistributedGameDialog
from headcount.sge.names.manager import SGDistributedSessionManager
from headcount.sge.names.mqtt import SGMQTTManager


class EnabledGame:
    """A model's part in a distributed game; made by `enable_distributed_game`."""

    def __init__(
        self, model: Any, config: SGDistributedGameConfig, manager: SGDistributedSessionManager
    ) -> None:
        self.model = model
        self.config = config
        self.session_manager = manager

    @property
    def session(self) -> QtSession | None:
        """The session one is in, or was in last."""
        return self.session_manager.session

    @property
    def seed(self) -> int | None:
        """The seed that all share."""
        return self.config.shared_seed

    def is_distributed(self) -> bool:
        """Tell whether the model is in a session that is not over."""
        return self.session is not None and not self.session.is_over

    def connected_instances_count(self, default: int = 0) -> int:
        """Return how many instances are connected, or `default` where one is in no session."""
        session = self.session
        return default if session is None or session.is_over else session.count

    def choose_role(self, parent: QWidget | None = None) -> bool:
        """Open the role dialog; return whether everybody has a role."""
        dialog = SGDistributedGameDialog(parent, self.config, self.model, self.session_manager)
        return dialog.exec() == QDialog.DialogCode.Accepted

    def leave(self) -> None:
        """Leave the session and the broker; a host ends it for all."""
        self.session_manager.mqtt_manager.disconnect()
        self.session_manager.disconnect()


def enable_distributed_game(
    model: Any,
    num_players: NumPlayers,
    session_id: str | None = None,
    shared_seed: int | None = None,
    broker_host: str = "localhost",
    broker_port: int = 1883,
    additional_brokers: Sequence[tuple[str, int]] | None = None,
    mqtt_update_type: UpdateType = "Instantaneous",
    seed_sync_timeout: float = 1.0,
    *,
    parent: QWidget | None = None,
) -> EnabledGame | None:
    """Open the connection dialog for a model; return its part once the game starts.

    The model gets `isDistributed()` and `getConnectedInstancesCount(default=0)`, where it takes
    attributes and has none of these names.

    Args:
        model: any object; its `name` is shown, its `players` are the roles to choose from.
        num_players: `4` exactly, `(2, 4)` from 2 to 4, `(2,)` for 2 and more.
        session_id: the session to create or join, shown in the dialog.
        shared_seed: the seed of a session that is created; drawn by default.
        broker_host, broker_port: the broker that is tried first.
        additional_brokers: hosts and ports of others to choose from.
        mqtt_update_type: `Instantaneous` or `Phase`, for SGE's actions.
        seed_sync_timeout: taken, and not needed: the seed comes with the session.
        parent: the window that the dialog belongs to.

    Returns:
        The model's part, or None where the dialog was cancelled.

    Raises:
        BadInputError: an argument cannot be used; the message says which.
    """
    config = checked(
        SGDistributedGameConfig(
            num_players=num_players,
            session_id=session_id,
            shared_seed=shared_seed,
            broker_host=broker_host,
            broker_port=broker_port,
            broker_servers=list(additional_brokers or ()),
            mqtt_update_type=mqtt_update_type,
            seed_sync_timeout=seed_sync_timeout,
        )
    )
    _application()
    mqtt = SGMQTTManager(model)
    mqtt.broker_host, mqtt.broker_port = broker_host, broker_port
    game = EnabledGame(model, config, SGDistributedSessionManager(model, mqtt))
    dialog = SGDistributedConnectionDialog(parent, config, model, game.session_manager)
    if dialog.exec() != QDialog.DialogCode.Accepted:
        return None
    _attach(model, "isDistributed", game.is_distributed)
    _attach(model, "getConnectedInstancesCount", game.connected_instances_count)
    return game


_kept: list[object] = []


def _application() -> None:
    """See that there is an application, as windows need one."""
    if QApplication.instance() is None:
        _kept.append(QApplication(sys.argv[:1]))


def _attach(model: Any, name: str, value: object) -> None:
    if not hasattr(model, name):
        with contextlib.suppress(AttributeError, TypeError):
            setattr(model, name, value)
