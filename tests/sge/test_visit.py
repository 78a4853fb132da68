"""Taking part in a session of an existing instance, on a broker in memory."""

from __future__ import annotations

import pytest

from headcount.errors import RequestRefusedError
from headcount.links.memory import MemoryBroker
from headcount.sge import wire
from headcount.sge.session import SGDistributedSession
from headcount.sge.visit import Visit
from headcount.sge.wire import Word
from tests.sge.test_bridge import SID, UTC, Old, until


async def test_one_is_counted_and_shares_the_seed() -> None:
    """The creator sees us come and go; we start with it."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    old.say(wire.state(SGDistributedSession(SID, "old", "Sea", 1, 3)))
    old.say(wire.seed(SID, "old", 42, True, UTC))
    visit = Visit(memory.connector(), SID, "me")
    changes = []
    visit.changed = lambda: changes.append(visit.seed)
    await visit.enter()
    await until(lambda: old.state.connected_instances == ["old", "me"])
    await until(lambda: visit.seed == 42)
    old.say(wire.start(SID, "old", False, UTC))
    await until(lambda: visit.started)
    await visit.leave()
    await until(lambda: old.state.connected_instances == ["old"])
    assert visit.closed_reason == "left"
    assert changes
    ready = wire.topic(Word.READY, SID, "me")
    assert ready not in memory.retained


async def test_a_full_one_refuses() -> None:
    """With a code and a sentence, and nothing is left behind."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    old.say(wire.state(SGDistributedSession(SID, "old", "Sea", 1, 1)))
    visit = Visit(memory.connector(), SID, "me")
    with pytest.raises(RequestRefusedError, match="all seats"):
        await visit.enter()
    assert memory.client_ids == ["old"]
    assert list(memory.retained) == [f"{SID}/session_state"]


async def test_an_ending_is_told() -> None:
    """The creator closes it and clears its discovery."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    made = SGDistributedSession(SID, "old", "Sea", 1, 3)
    old.say(wire.state(made))
    visit = Visit(memory.connector(), SID, "me")
    await visit.enter()
    made.close()
    made.version += 5
    old.say(wire.state(made))
    old.say(wire.clear(wire.topic(Word.DISCOVERY, SID)))
    await until(lambda: visit.closed_reason == "closed")
    await visit.leave()
