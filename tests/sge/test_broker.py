"""A connection that meets the sessions of both protocols."""

from __future__ import annotations

import pytest

from headcount import sge
from headcount.errors import BadInputError, NoBrokerError
from headcount.links.memory import MemoryBroker
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from tests.sge.hosting.test_bridge import UTC, Old, until


async def test_one_list_for_both() -> None:
    """Theirs appear beside ours, with what changes in them, and go when they are silent."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    link = memory.connector()
    async with sge.connect(connector=link, client_id="ana", roles=["Mayor"]) as broker:
        lists = broker.watch_sessions()
        assert await anext(lists) == []
        async with broker.create("Sea", id="ours"):
            session = SGDistributedSession("theirs", "old", "Pond", 1, 3)
            old.say(wire.discovery(session, "old", UTC))
            old.say(wire.state(session))
            async for told in lists:
                if len(told) == 2:
                    break
            assert {(s.session_id, s.count) for s in told} == {("ours", 1), ("theirs", 1)}
            theirs = next(s for s in told if s.session_id == "theirs")
            assert (theirs.model_name, theirs.roles, theirs.num_players_max) == (
                "Pond",
                ["Mayor"],
                3,
            )
            assert [s.session_id for s in await broker.sessions()] in (
                ["ours", "theirs"],
                ["theirs", "ours"],
            )


async def test_the_session_one_is_in_is_listed_as_one_knows_it() -> None:
    """One number for both displays, though they are heard on two connections (S13)."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    session = SGDistributedSession("theirs", "old", "Pond", 1, 3)
    old.say(wire.seed("theirs", "old", 9, True, UTC))
    old.say(wire.discovery(session, "old", UTC))
    old.say(wire.state(session))
    async with sge.connect(connector=memory.connector(), client_id="ana") as broker:
        await until(lambda: broker._lookout.sessions)
        async with broker.join("theirs") as room:
            (listed,) = await broker.sessions()
            assert listed is room.state
            assert listed.count == 2


async def test_what_an_earlier_process_has_left_is_cleared() -> None:
    """Under one's own client id; that of others stays (S22)."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    for client_id in ("ana", "old"):
        old.say(wire.ready("pond", client_id, UTC))
    assert len(memory.retained) == 2
    link = memory.connector()
    async with sge.connect(connector=link, client_id="ana", fresh=True):
        assert len(memory.retained) == 2
    async with sge.connect(connector=link, client_id="ana"):
        await until(lambda: set(memory.retained) == {"pond/session_instance_ready/old"})


async def test_what_cannot_be_used_is_refused_at_once() -> None:
    """Before anything is sent."""
    with pytest.raises(BadInputError, match="root"):
        sge.connect(root="course")
    with pytest.raises(BadInputError, match="role"):
        sge.connect(roles=["Mayor", "Mayor"])
    with pytest.raises(NoBrokerError):
        await sge.connect("mqtt://127.0.0.1:1").__aenter__()
    broker = sge.connect(connector=MemoryBroker().connector())
    with pytest.raises(BadInputError, match="host"):
        broker.create("Sea", on_host_loss="migrate")
    for id in ("", "a/b", "a+b", "a#", "x" * 129):
        with pytest.raises(BadInputError, match="session id"):
            broker.join(id)
