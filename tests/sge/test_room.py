"""One's part in a session of either protocol, on a broker in memory."""

from __future__ import annotations

import asyncio

import pytest

from headcount import sge
from headcount.core.messages import Code
from headcount.errors import BadInputError, RequestRefusedError, SessionEndedError
from headcount.links.memory import MemoryBroker
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from tests.sge.hosting.test_bridge import SID, UTC, Old, until


async def test_ours_and_theirs_meet_in_one_created_here() -> None:
    """The host's room, a member's, and an existing instance show one session."""
    memory, old = MemoryBroker(), Old("old")
    link = memory.connector()
    async with (
        sge.connect(connector=link, client_id="host") as broker,
        sge.connect(connector=link, client_id="ana") as other,
    ):
        host = await broker.create("Sea", id=SID, seats=(1, 4), seed=5).__aenter__()
        told = []
        host.changed = lambda: told.append(host.session.get_num_connected())
        ana = await other.join(SID).__aenter__()
        assert (host.is_host, ana.is_host, ana.protocol, ana.seed) == (
            True,
            False,
            "headcount",
            5,
        )
        await old.connect(memory)
        await until(lambda: old.heard and old.state)
        old.join()
        await until(lambda: ana.session.connected_instances == ["host", "ana", "old"])
        await until(lambda: 3 in told)
        with pytest.raises(RequestRefusedError, match="host"):
            await ana.start()
        await host.update(lambda properties: properties.update(round=1))
        assert ana.send("ahoy")
        assert (await anext(host.messages())).payload == "ahoy"  # type: ignore[union-attr]
        await host.start()
        await until(lambda: ana.started)
        await host.leave()
        await until(lambda: ana.closed_reason is not None)
        assert [state async for state in ana.watch()][-1].is_closed
        await ana.leave()
    assert memory.retained == {}


async def test_one_that_is_theirs_is_joined_their_way() -> None:
    """Nobody hosts it as ours: the old topics are read (S21)."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    old.say(wire.seed("My game", "old", 9, True, UTC))
    old.say(wire.state(SGDistributedSession("My game", "old", "Sea", 1, 3)))
    link = memory.connector()
    async with sge.connect(connector=link, client_id="ana") as broker:
        room = broker.join("My game")
        notices = room.events()
        async with room:
            assert (room.protocol, room.id, room.is_host, room.seed) == ("sge", "My game", False, 9)
            assert room.session.connected_instances == ["old", "ana"]
            assert room.state.count == 2
            for refused in (room.start, room.close, room.set_ready):
                with pytest.raises(RequestRefusedError, match="SGE"):
                    await refused()
            with pytest.raises(RequestRefusedError, match="SGE"):
                await room.update(lambda properties: None)
        assert room.closed_reason == "left"
        told = [type(notice).__name__ async for notice in notices]
        assert "StateChanged" in told
        assert told[-2:] == ["SessionClosed", "SessionParted"]


async def test_where_nobody_tells_a_seed_one_is_told() -> None:
    """All are to have the same one: who comes and hears none tells his own."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    old.say(wire.state(SGDistributedSession("My game", "old", "Sea", 1, 3)))
    link = memory.connector()
    async with (
        sge.connect(connector=link, client_id="ana") as broker,
        broker.join("My game") as room,
        sge.connect(connector=link, client_id="ben") as other,
        other.join("My game") as second,
    ):
        assert 1 <= room.seed <= 1_000_000
        assert second.seed == room.seed


async def test_where_nobody_is_nobody_is_found() -> None:
    """Of neither protocol; and what is not entered cannot be used."""
    link = MemoryBroker().connector()
    async with sge.connect(connector=link, client_id="ana") as broker:
        for id in ("nowhere", "no where"):
            room = broker.join(id)
            with pytest.raises(BadInputError, match="enter"):
                _ = room.count
            with pytest.raises(RequestRefusedError, match="no live session"):
                await room.__aenter__()
        with pytest.raises(RequestRefusedError) as refused:
            await broker.watch("nowhere").__aenter__()
        assert refused.value.code is Code.NOT_FOUND


async def test_a_role_in_a_session_of_theirs() -> None:
    """Taken by reservation, as they do; who is first has it."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    old.say(wire.seed("pond", "old", 9, True, UTC))
    old.say(wire.state(SGDistributedSession("pond", "old", "Sea", 1, 4)))
    link = memory.connector()
    async with (
        sge.connect(connector=link, client_id="ana", roles=["Mayor", "Fisher"]) as broker,
        broker.join("pond", role="Mayor") as ana,
        sge.connect(connector=link, client_id="ben", roles=["Mayor", "Fisher"]) as other,
    ):
        assert (ana.role, ana.roles) == ("Mayor", ["Mayor", "Fisher"])
        with pytest.raises(RequestRefusedError, match="taken"):
            await other.join("pond", role="Mayor").__aenter__()
        async with other.join("pond") as ben:
            await until(lambda: ben.state.role_holder("Mayor") == "ana")
            await ben.claim_role("Fisher")
            await until(lambda: ana.state.role_holder("Fisher") == "ben")
            await ana.release_role()
            await until(lambda: ben.state.role_holder("Mayor") is None)


async def test_leaving_what_one_is_about_to_enter() -> None:
    """It is left as soon as that is done, with all that was set up for it."""
    memory = MemoryBroker()
    link = memory.connector()
    async with sge.connect(connector=link, client_id="host") as broker:
        room = broker.create("Sea", id=SID)
        entering = asyncio.create_task(room.__aenter__())
        await asyncio.sleep(0)
        await room.leave()
        with pytest.raises(SessionEndedError):
            await entering
        assert not room.is_open
        assert await broker.sessions() == []
    assert memory.retained == {}
