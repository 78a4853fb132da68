"""Existing instances as members of a session of ours, on a broker in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

import headcount
from headcount.arguments import Seats
from headcount.links.link import Connection, Connector
from headcount.links.memory import MemoryBroker
from headcount.sge.hosting.bridge import Bridge
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Heard, Publish, Word

UTC = 1.8e9
SID = "sea"


class Old:
    """An existing instance, as far as these tests need one."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.heard: list[Heard] = []
        self._connection: Connection | None = None

    async def connect(self, memory: MemoryBroker) -> None:
        """Connect and listen."""
        await self.connect_to(memory.connector())

    async def connect_to(self, connector: Connector) -> None:
        """Connect to any broker, and listen."""
        self._connection = await connector.connect(self.client_id, None, self)
        self._connection.subscribe(wire.filters(SID))

    async def disconnect(self) -> None:
        """End."""
        assert self._connection is not None
        await self._connection.close()

    def say(self, message: Publish) -> None:
        """Publish."""
        assert self._connection is not None
        self._connection.publish(message.topic, message.payload, retain=message.retain)

    def join(self) -> None:
        """Write oneself into the state."""
        copy = SGDistributedSession.from_dict(self.state.to_dict())
        assert copy.add_instance(self.client_id)
        self.say(wire.seed(SID, self.client_id, 42, False, UTC))
        self.say(wire.state(copy))

    def reserve(self, player: str, name: str = "") -> None:
        """Choose a player, under the new id that it has in the game."""
        self.say(wire.reservation(SID, name or f"{self.client_id}-game", player, UTC))

    @property
    def taken(self) -> dict[str, str]:
        """Who has reserved which player, as its window shows it."""
        taken = {}
        for heard in self.heard:
            if heard.word is Word.RESERVATION and wire.is_reserved(heard):
                taken[heard.name] = heard.client_id
            elif heard.word is Word.RESERVATION and taken.get(heard.name) == heard.client_id:
                del taken[heard.name]
        return taken

    def holders(self, player: str) -> list[str]:
        """Return by whom a player was reserved, one after another."""
        said = [h for h in self.heard if h.word is Word.RESERVATION and h.name == player]
        return [h.client_id for h in said if wire.is_reserved(h)]

    @property
    def state(self) -> SGDistributedSession:
        """The newest state heard."""
        read = [s for heard in self.heard if (s := wire.state_of(heard)) is not None]
        return read[-1]

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a message."""
        read = wire.read(topic, payload, retained)
        if read is not None:
            self.heard.append(read)

    def connection_lost(self, reason: str) -> None:
        """Be deaf for ever, as they are."""


@asynccontextmanager
async def hosted(
    memory: MemoryBroker, seats: Seats = (1, 3)
) -> AsyncIterator[tuple[headcount.Session, Bridge]]:
    """Give a session of ours that existing instances can join."""
    broker = headcount.connect(connector=memory.connector(), client_id="host")
    created = broker.create("Sea", id=SID, seats=seats, seed=42, roles=["Player 1", "Player 2"])
    async with broker, created as session:
        bridge = Bridge(memory.connector(), session)
        await bridge.start()
        try:
            yield session, bridge
        finally:
            await bridge.stop()


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(10.0):
        while not holds():
            await asyncio.sleep(0.005)


async def test_an_existing_instance_is_counted_everywhere() -> None:
    """It joins, is a member, leaves, and is none; both systems show the same number (S13)."""
    memory, old = MemoryBroker(), Old("old1")
    async with hosted(memory) as (session, bridge):
        await old.connect(memory)
        await until(lambda: old.heard and old.state)
        old.join()
        await until(lambda: session.state.count == 2)
        await until(lambda: old.state.connected_instances == ["host", "old1"])
        assert bridge.guests == ["old1"]
        old.say(wire.disconnect(SID, "old1", None, UTC))
        await until(lambda: session.state.count == 1)
        await until(lambda: old.state.connected_instances == ["host"])


async def test_ten_that_overwrite_each_other_are_all_there() -> None:
    """All write over one state at one moment; nobody is lost but for the lack of seats (S20)."""
    memory = MemoryBroker()
    async with hosted(memory, (1, None)) as (session, _):
        crowd = [Old(f"old{number}") for number in range(10)]
        for each in crowd:
            await each.connect(memory)
        await until(lambda: all(each.heard and each.state for each in crowd))
        base = crowd[0].state.to_dict()
        for each in crowd:
            copy = SGDistributedSession.from_dict(base)
            copy.add_instance(each.client_id)
            each.say(wire.seed(SID, each.client_id, 42, False, UTC))
            each.say(wire.state(copy))
        await until(lambda: session.state.count == 11)
        await until(lambda: all(each.state.get_num_connected() == 11 for each in crowd))


async def test_one_more_than_there_are_seats_is_not_counted() -> None:
    """Existing instances never ask how many may come; the host decides."""
    memory = MemoryBroker()
    crowd = [Old(f"old{number}") for number in range(3)]
    async with hosted(memory) as (session, bridge):
        for each in crowd:
            await each.connect(memory)
        await until(lambda: all(each.heard and each.state for each in crowd))
        for each in crowd[:2]:
            each.say(wire.ready(SID, each.client_id, UTC))
        await until(lambda: session.state.count == 3)
        crowd[2].say(wire.ready(SID, "old2", UTC))
        await until(lambda: len(bridge.guests) == 2)
        await until(lambda: crowd[2].state.get_num_connected() == 3)
        assert "old2" not in session.state.members


async def test_the_end_of_the_session_leaves_nothing() -> None:
    """No topic of either system is retained after a normal game (S6)."""
    memory, old = MemoryBroker(), Old("old1")
    async with hosted(memory) as (session, _):
        await old.connect(memory)
        await until(lambda: old.heard and old.state)
        old.join()
        old.say(wire.ready(SID, "old1", UTC))
        old.say(wire.seed(SID, "old1", 42, False, UTC))
        await until(lambda: session.state.count == 2)
        await session.start()
        await until(lambda: old.state.is_started())
        assert [h.word for h in old.heard].count(Word.START) == 1
        await session.close()
    assert memory.retained == {}
    assert old.state.is_closed()


async def test_roles_are_one_thing_for_both() -> None:
    """An existing instance claims for its seat, ours are told, and one holder a role it is."""
    memory, old = MemoryBroker(), Old("old1")
    async with hosted(memory) as (session, _):
        await old.connect(memory)
        await until(lambda: old.heard and old.state)
        old.join()
        await until(lambda: session.state.count == 2)
        await session.start()
        old.reserve("Player 1")
        await until(lambda: session.state.role_holder("Player 1") == "old1")
        await session.claim_role("Player 2")
        await until(lambda: old.taken == {"Player 1": "old1-game", "Player 2": "host"})
        old.reserve("Player 2")
        await until(lambda: old.holders("Player 2") == ["host", "old1-game", "host"])
        assert session.state.role_holder("Player 2") == "host"
        old.say(wire.release(SID, "old1-game", "Player 1", UTC))
        await until(lambda: session.state.role_holder("Player 1") is None)
        await session.release_role()
        await until(lambda: old.taken == {})
        assert not [topic for topic in memory.retained if Word.RESERVATION in topic]


async def test_a_silent_one_is_away_and_comes_back_to_its_role(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As members of ours do: out of the count at once, the seat held for a while."""
    monkeypatch.setattr(wire, "SILENT", 0.3)
    memory, old = MemoryBroker(), Old("old1")
    async with hosted(memory) as (session, bridge):
        await old.connect(memory)
        await until(lambda: old.heard and old.state)
        old.join()
        await until(lambda: session.state.count == 2)
        await session.start()
        old.reserve("Player 1")
        await until(lambda: session.state.role_holder("Player 1") == "old1")
        await until(lambda: session.state.count == 1)
        assert session.state.members["old1"].status == "away"
        assert bridge.guests == []
        old.say(wire.seed(SID, "old1-game", 42, False, UTC))
        await until(lambda: session.state.count == 2)
        assert session.state.role_holder("Player 1") == "old1"
        monkeypatch.undo()


async def test_a_new_host_takes_the_existing_instances_along() -> None:
    """The old host held their seats; the new one holds them as soon as they are heard."""
    memory, old = MemoryBroker(), Old("old1")
    async with (
        headcount.connect(connector=memory.connector(), client_id="host") as first,
        headcount.connect(connector=memory.connector(), client_id="next") as second,
    ):
        session = await first.create("Sea", id=SID, seed=42, on_host_loss="migrate").__aenter__()
        bridge = Bridge(memory.connector(), session)
        await bridge.start()
        follower = await second.join(SID).__aenter__()
        await old.connect(memory)
        await until(lambda: old.heard and old.state)
        old.join()
        old.say(wire.ready(SID, "old1", UTC))
        await until(lambda: follower.state.count == 3)
        await session.start()
        await session.leave()
        await bridge.stop()
        await until(lambda: follower.state.host_client_id == "next")
        again = Bridge(memory.connector(), follower)
        await again.start()
        await until(lambda: follower.state.members["old1"].status == "away")
        old.say(wire.seed(SID, "old1", 42, False, UTC))
        await until(lambda: follower.state.connected_instances == ["next", "old1"])
        await until(lambda: old.state.connected_instances == ["next", "old1"])
        await follower.close()
        await again.stop()
    assert memory.retained == {}
