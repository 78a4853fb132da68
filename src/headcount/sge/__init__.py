"""Sessions together with existing instances of SGE's distributed sessions.

::

    room = await Room.join(broker, connector, "sea")
    print(room.protocol, room.session.connected_instances)
"""

from __future__ import annotations

from headcount.sge.lookout import Lookout
from headcount.sge.room import Room
from headcount.sge.session import SGDistributedSession

__all__ = ["Lookout", "Room", "SGDistributedSession"]
