"""Looking out for existing instances, on a broker in memory."""

from __future__ import annotations

import asyncio

from headcount.links.memory import MemoryBroker
from headcount.sge.finding.lookout import Lookout
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from tests.sge.hosting.test_bridge import Old, until


async def test_a_session_of_theirs_is_seen_come_and_go() -> None:
    """Every change is told; after a broker restart it is seen again."""
    memory, old = MemoryBroker(), Old("ana")
    made = SGDistributedSession("My game", "ana", "Sea")
    changes = []
    async with Lookout(memory.connector()) as lookout:
        lookout.changed = lambda: changes.append(lookout.sessions)
        await old.connect(memory)
        old.say(wire.state(made))
        await until(lambda: [s.session_id for s in lookout.sessions] == ["My game"])
        memory.restart()
        await asyncio.sleep(0)
        await until(lambda: memory.client_ids)
        again = Old("ana")
        await again.connect(memory)
        made.add_instance("ben")
        again.say(wire.state(made))
        await until(lambda: [s.get_num_connected() for s in lookout.sessions] == [2])
        made.close()
        again.say(wire.state(made))
        await until(lambda: lookout.sessions == ())
    assert len(changes) == 3
