"""The connection to a broker, and what can be created, joined and listed from it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from headcount.connection import connect
from headcount.core.topics import is_id
from headcount.errors import BadInputError, BrokerRefusedError, SessionEndedError
from headcount.links.memory import MemoryBroker
from tests.engines import Engine
from tests.playing import PATIENCE, client, clients, until


@pytest.fixture
def memory() -> MemoryBroker:
    """Give a broker in memory."""
    return MemoryBroker()


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "a b"},
        {"name": ""},
        {"root": "a//b"},
        {"url": "http://x"},
        {"url": []},
        {"url": "mqtts://x", "tls_ca": "/no/such/file"},
    ],
)
def test_misuse_is_told_before_connecting(wrong: dict[str, Any]) -> None:
    """Nothing has happened yet."""
    with pytest.raises(BadInputError):
        connect(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seats": (4, 2)},
        {"id": "a b"},
        {"roles": ["a", "a"]},
        {"seed": -1},
        {"name": ""},
        {"secret": ""},
        {"on_host_loss": "stay"},
        {"heartbeat": 4},
    ],
)
def test_a_session_that_cannot_be_created(memory: MemoryBroker, wrong: dict[str, Any]) -> None:
    """The arguments are read before anything is sent."""
    with pytest.raises(BadInputError):
        client(memory, "ann").create("Sea", **wrong)


@pytest.mark.parametrize("wrong", [{"role": ""}, {"wait": -1}, {"name": "\n"}, {"secret": ""}])
def test_a_session_that_cannot_be_joined(memory: MemoryBroker, wrong: dict[str, Any]) -> None:
    """The arguments are read before anything is sent."""
    with pytest.raises(BadInputError):
        client(memory, "ann").join("demo", **wrong)
    with pytest.raises(BadInputError):
        client(memory, "ann").watch("a b")


async def test_without_a_broker(memory: MemoryBroker) -> None:
    """The error of the link reaches the caller."""
    memory.refuse = True
    with pytest.raises(BrokerRefusedError):
        await client(memory, "ann").__aenter__()


async def test_what_is_not_given_is_drawn(memory: MemoryBroker) -> None:
    """Ids nobody else has, and a seed."""
    async with connect(connector=memory.connector()) as one:
        assert is_id(one.client_id)
        assert one.name == one.client_id
        ids = {one.create("Élan & Co", id=None).id for _ in range(20)}
        assert len(ids) == 20
        assert all(is_id(each) and each.startswith("elan-co-") for each in ids)
        assert is_id(one.create("李").id)
        assert is_id(one.create("x" * 64).id)


async def test_the_list_of_sessions(memory: MemoryBroker) -> None:
    """Empty at first, and then whatever lives, oldest first."""
    async with clients(memory, "ann", "ben") as (ann, ben):
        assert await ben.sessions() == []
        async with ann.create("Sea", id="one"), ann.create("Land", id="two"):
            assert [state.session_id for state in await ben.sessions()] == ["one", "two"]
            assert ben.listed is None


async def test_every_change_of_the_list(memory: MemoryBroker) -> None:
    """A session that comes, its count, and its end."""
    async with clients(memory, "ann", "ben") as (ann, ben):
        lists = ben.watch_sessions()
        async with asyncio.timeout(PATIENCE):
            assert await anext(lists) == []
            async with ann.create("Sea", id="demo") as session:
                (listed,) = await anext(lists)
                assert (listed.session_id, listed.count) == ("demo", 1)
                assert ben.listed == [listed]
                async with ben.join("demo"):
                    await until(session, lambda state: state.count == 2)
                    while listed.count != 2:
                        (listed,) = await anext(lists)
            while await anext(lists):
                pass
        await lists.aclose()  # type: ignore[attr-defined]
        assert ben.listed is None


async def test_closing_the_connection_ends_the_list(memory: MemoryBroker) -> None:
    """Nobody waits for what will not come."""
    async with clients(memory, "ann") as (ann,):
        lists = ann.watch_sessions()
        assert await anext(lists) == []
        await ann.close()
        assert [each async for each in lists] == []
        with pytest.raises(SessionEndedError):
            await ann.sessions()


async def test_only_what_is_below_the_same_root_is_seen(memory: MemoryBroker) -> None:
    """Two groups may share a broker."""
    async with (
        client(memory, "ann", root="lab") as ann,
        client(memory, "ben", root="lab") as ben,
        client(memory, "cem") as cem,
        ann.create("Sea", id="demo"),
    ):
        assert [state.session_id for state in await ben.sessions()] == ["demo"]
        assert await cem.sessions() == []
        async with ben.join("demo") as guest:
            assert guest.count == 2
        assert all(topic.startswith("lab/") for topic in memory.retained)


async def test_a_client_in_two_sessions_that_keeps_the_list(memory: MemoryBroker) -> None:
    """One connection carries all of it."""
    async with (
        clients(memory, "ann", "ben") as (ann, ben),
        ann.create("Sea", id="one") as one,
        ben.create("Land", id="two") as two,
    ):
        async with ann.join("two") as guest, ben.join("one"):
            assert guest.count == 2
            assert {each.id for each in ann.entered} == {"one", "two"}
            assert len(await ann.sessions()) == 2
        await until(one, lambda state: state.count == 1)
        await until(two, lambda state: state.count == 1)
    assert memory.client_ids == []


async def test_two_sessions_of_one_id_under_one_client_id(memory: MemoryBroker) -> None:
    """The newer process takes the seat, if it knows the secret."""
    async with (
        clients(memory, "ann") as (ann,),
        client(memory, "ben") as old,
        client(memory, "ben") as new,
        ann.create("Sea", id="demo") as host,
        old.join("demo") as first,
        new.join("demo", secret=first.secret) as second,
    ):
        async with asyncio.timeout(PATIENCE):
            assert [state async for state in first.watch()]
        assert first.closed_reason == "replaced"
        assert second.is_open
        assert host.count == 2


async def test_on_real_brokers(engine: Engine) -> None:
    """Create, list, join, update, leave; nothing stays retained."""
    async with (
        connect(engine.url, client_id="ann") as ann,
        connect(engine.url, client_id="ben") as ben,
    ):
        async with ann.create("Sea Zones", id="demo", seats=(2, 4)) as host:
            assert [state.session_id for state in await ben.sessions()] == ["demo"]
            async with ben.join("demo") as guest:
                await guest.update(lambda properties: {"n": 1})
                await until(host, lambda state: state.properties == {"n": 1})
                assert guest.send("hello")
                message = await anext(host.messages())
                assert message.sender == "ben"
            await until(host, lambda state: state.count == 1)
        assert await ben.sessions() == []
        assert ann.address == engine.url


async def test_a_real_broker_that_restarts(engine: Engine) -> None:
    """The connection is made again and the session goes on, host and guest."""
    async with (
        connect(engine.url, client_id="ann") as ann,
        connect(engine.url, client_id="ben") as ben,
        ann.create("Sea Zones", id="demo") as host,
        ben.join("demo") as guest,
    ):
        await until(host, lambda state: state.count == 2)
        engine.kill()
        await asyncio.to_thread(engine.restart)
        await guest.update(lambda properties: {"after": True})
        await until(host, lambda state: state.properties == {"after": True})
        assert host.is_host
        assert host.count == 2
        assert ann.counters["link_losses"] == ben.counters["link_losses"] == 1


async def test_a_closed_connection_says_so(memory: MemoryBroker) -> None:
    """Nobody has left a session here."""
    async with clients(memory, "ann") as (ann,):
        await ann.close()
        with pytest.raises(SessionEndedError, match="connection to the broker was closed"):
            await ann.sessions()
        with pytest.raises(SessionEndedError, match="connection to the broker was closed"):
            await ann.create("Sea").__aenter__()


async def test_roles_are_a_list(memory: MemoryBroker) -> None:
    """None is none."""
    async with clients(memory, "ann") as (ann,):
        with pytest.raises(BadInputError, match="roles as a list"):
            ann.create("Sea", roles=None)  # type: ignore[arg-type]
