"""Taking part in a session of an existing instance, on a broker in memory."""

from __future__ import annotations

import pytest

from headcount.core.messages import Code
from headcount.errors import BadInputError, RequestRefusedError, SessionEndedError
from headcount.links.memory import MemoryBroker
from headcount.links.mqtt import MqttConnector
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Word
from headcount.sge.visiting.visit import Visit
from tests.engines import Engine
from tests.sge.hosting.test_bridge import SID, UTC, Old, until


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


async def test_roles_are_taken_and_given_up() -> None:
    """Both know who has which; a role that is taken is refused (protocol "SGE", section 1)."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    old.say(wire.state(SGDistributedSession(SID, "old", "Sea", 1, 3)))
    visit = Visit(memory.connector(), SID, "me")
    await visit.enter()
    old.reserve("Player 2", "old")
    await until(lambda: visit.roles == {"Player 2": "old"})
    with pytest.raises(RequestRefusedError) as refused:
        await visit.claim_role("Player 2")
    assert refused.value.code == Code.ROLE_TAKEN
    await visit.claim_role("Player 1")
    assert visit.role == "Player 1"
    await until(lambda: old.taken == {"Player 2": "old", "Player 1": "me"})
    await visit.release_role()
    await until(lambda: old.taken == {"Player 2": "old"})
    with pytest.raises(BadInputError, match="no /"):
        await visit.claim_role("a/b")
    old.say(wire.start(SID, "old", False, UTC))
    await until(lambda: visit.started)
    old.say(wire.all_selected(SID, "old", UTC))
    await until(lambda: visit.all_selected)
    await visit.leave()
    with pytest.raises(SessionEndedError):
        await visit.claim_role("Player 1")


async def test_one_that_is_killed_has_said_goodbye() -> None:
    """The broker says it; others of ours take us out of the state (S24)."""
    memory, old = MemoryBroker(), Old("old")
    await old.connect(memory)
    old.say(wire.state(SGDistributedSession(SID, "old", "Sea", 1, 3)))
    old.say(wire.seed(SID, "old", 42, True, UTC))
    killed, other = (Visit(memory.connector(), SID, name) for name in ("killed", "other"))
    await killed.enter()
    mqtt_id = next(each for each in memory.client_ids if each.startswith("sge-"))
    await other.enter()
    await until(lambda: old.state.connected_instances == ["old", "killed", "other"])
    memory.refuse = True
    memory.drop(mqtt_id)
    await until(lambda: old.state.connected_instances == ["old", "other"])
    memory.refuse = False
    await other.leave()
    await killed.leave()


async def test_a_name_with_a_space_is_refused_where_it_cannot_travel(nats: Engine) -> None:
    """NATS: an id is refused before, a role when the connection was cut for it."""
    connector = MqttConnector([nats.url])
    with pytest.raises(BadInputError, match="'My game', cannot travel"):
        await Visit(connector, "My game", "me").enter()
    old = Old("old")
    await old.connect_to(connector)
    old.say(wire.state(SGDistributedSession(SID, "old", "Sea", 1, 3)))
    visit = Visit(connector, SID, "me")
    await visit.enter()
    with pytest.raises(BadInputError, match=r"'Player 1', cannot travel .* use Mosquitto"):
        await visit.claim_role("Player 1")
    assert visit.trouble
    await visit.claim_role("Player1")
    assert visit.role == "Player1"
    await visit.leave()
    await old.disconnect()
