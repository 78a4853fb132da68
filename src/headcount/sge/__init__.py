"""Sessions together with existing instances of SGE's distributed sessions.

::

    game = DistributedGame(SGDistributedGameConfig((2, 4)), "Sea")
    with game:
        game.join("sea")
        print(game.room.protocol, game.connected_instances_count(), game.seed)
"""

from __future__ import annotations

from headcount.sge.broker import SGBroker, connect
from headcount.sge.config import SGDistributedGameConfig
from headcount.sge.game import DistributedGame
from headcount.sge.lookout import Lookout
from headcount.sge.room import Room
from headcount.sge.session import SGDistributedSession
from headcount.sge.stages import ConnectionState, SGConnectionStateManager

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
