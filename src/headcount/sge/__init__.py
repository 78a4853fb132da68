"""Sessions together with existing instances of SGE's distributed sessions.

::

    game = DistributedGame(SGDistributedGameConfig((2, 4)), "Sea")
    with game:
        game.join("sea")
        print(game.room.protocol, game.connected_instances_count(), game.seed)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from headcount.sge.broker import SGBroker, connect
from headcount.sge.config import SGDistributedGameConfig
from headcount.sge.finding.lookout import Lookout
from headcount.sge.game import DistributedGame
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.room import Room
from headcount.sge.stages import ConnectionState, SGConnectionStateManager

if TYPE_CHECKING:
    from headcount.sge.names.connection_dialog import (
        SGDistributedConnectionDialog as SGDistributedConnectionDialog,
    )
    from headcount.sge.names.discovery import SGSessionDiscoveryManager as SGSessionDiscoveryManager
    from headcount.sge.names.enabling import enable_distributed_game as enable_distributed_game
    from headcount.sge.names.game_dialog import SGDistributedGameDialog as SGDistributedGameDialog
    from headcount.sge.names.manager import (
        SGDistributedSessionManager as SGDistributedSessionManager,
    )
    from headcount.sge.names.mqtt import SGMQTTManager as SGMQTTManager
    from headcount.sge.names.seed_sync import SGSeedSyncManager as SGSeedSyncManager

_WITH_QT = {
    "SGDistributedConnectionDialog": "connection_dialog",
    "SGDistributedGameDialog": "game_dialog",
    "SGDistributedSessionManager": "manager",
    "SGMQTTManager": "mqtt",
    "SGSeedSyncManager": "seed_sync",
    "SGSessionDiscoveryManager": "discovery",
    "enable_distributed_game": "enabling",
}
"""What needs Qt is loaded when it is asked for."""

__all__ = [
    "ConnectionState",
    "DistributedGame",
    "Lookout",
    "Room",
    "SGBroker",
    "SGConnectionStateManager",
    "SGDistributedGameConfig",
    "SGDistributedSession",
    "connect",
]


def __getattr__(name: str) -> Any:
    if name not in _WITH_QT:
        raise AttributeError(f"module 'headcount.sge' has no attribute {name!r}")
    return getattr(import_module(f"headcount.sge.names.{_WITH_QT[name]}"), name)
