"""One's part in a session of either protocol, on a broker in memory."""

from __future__ import annotations

import pytest

import headcount
from headcount.errors import BadInputError, RequestRefusedError
from headcount.links.memory import MemoryBroker
from headcount.sge import wire
from headcount.sge.room import Room
from headcount.sge.session import SGDistributedSession
from tests.sge.test_bridge import SID, UTC, Old, until


async def test_ours_and_theirs_meet_in_one_created_here() -> None:
    """The host's room, a member's, and an existing instance show one session."""
    memory, old = MemoryBroker(), Old("old")
    link = memory.connector()
    async with (
        headcount.connect(connector=link, client_id="host") as broker,
        headcount.connect(connector=link, client_id="ana") as other,
    ):
        host = await Room.create(broker, link, "Sea", id=SID, seats=(1, 4), seed=5)
        told = []
        host.changed = lambda: told.append(host.session.get_num_connected())
        ana = await Room.join(other, link, SID)
        assert (host.hosted, ana.hosted, ana.protocol, ana.seed) == (True, False, "headcount", 5)
        await old.connect(memory)
        await until(lambda: old.heard and old.state)
        old.join()
        await until(lambda: ana.session.connected_instances == ["host", "ana", "old"])
        await until(lambda: 3 in told)
        with pytest.raises(RequestRefusedError, match="host"):
            await ana.start()
        await host.start()
        await until(lambda: ana.started)
        await host.leave()
        await until(lambda: ana.closed_reason is not None)
        await ana.leave()
    assert memory.retained == {}


async def test_one_that_is_theirs_is_joined_their_way() -> None:
    """Nobody hosts it as ours: the old topics are read (S21)."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    old.say(wire.state(SGDistributedSession("My game", "old", "Sea", 1, 3)))
    old.say(wire.seed("My game", "old", 9, True, UTC))
    link = memory.connector()
    async with headcount.connect(connector=link, client_id="ana") as broker:
        room = await Room.join(broker, link, "My game")
        assert (room.protocol, room.id, room.hosted) == ("sge", "My game", False)
        assert room.session.connected_instances == ["old", "ana"]
        await until(lambda: room.seed == 9)
        with pytest.raises(BadInputError, match="SGE"):
            _ = room.native
        with pytest.raises(RequestRefusedError, match="creator"):
            await room.start()
        await room.leave()
        assert room.closed_reason == "left"


async def test_where_nobody_is_nobody_is_found() -> None:
    """Of neither protocol."""
    link = MemoryBroker().connector()
    async with headcount.connect(connector=link, client_id="ana") as broker:
        with pytest.raises(RequestRefusedError, match="no live session"):
            await Room.join(broker, link, "nowhere")
