"""A seat that is held for an existing instance."""

from __future__ import annotations

import asyncio

from headcount.links.memory import MemoryBroker
from headcount.sge.hosting.stand_in import StandIn
from tests.sge.hosting.test_bridge import hosted, until


async def test_it_sits_takes_a_role_and_leaves() -> None:
    """A member like any other."""
    memory = MemoryBroker()
    refusals: list[None] = []
    async with hosted(memory) as (session, _):
        stand_in = StandIn(memory.connector(), session, "old", lambda: refusals.append(None))
        sitting = asyncio.create_task(stand_in.sit())
        await until(lambda: "old" in session.state.members)
        stand_in.wish("Player 1")
        await until(lambda: session.state.role_holder("Player 1") == "old")
        await session.claim_role("Player 2")
        stand_in.wish("Player 2")
        await until(lambda: refusals)
        stand_in.wish(None)
        await until(lambda: session.state.role_holder("Player 1") is None)
        sitting.cancel()
        await until(lambda: "old" not in session.state.members)
        await asyncio.wait([sitting])


async def test_it_vanishes_and_another_takes_its_place() -> None:
    """The seat is held, as for a member whose connection was lost."""
    memory = MemoryBroker()
    async with hosted(memory) as (session, _):
        first = StandIn(memory.connector(), session, "old", lambda: None)
        sitting = asyncio.create_task(first.sit())
        await until(lambda: session.state.count == 2)
        await session.start()
        first.vanish()
        sitting.cancel()
        await until(lambda: session.state.members["old"].status == "away")
        second = StandIn(memory.connector(), session, "old", lambda: None)
        again = asyncio.create_task(second.sit())
        await until(lambda: session.state.count == 2)
        again.cancel()
        await asyncio.wait([sitting, again])


async def test_what_is_no_id_gets_no_seat() -> None:
    """Theirs may be any text."""
    memory = MemoryBroker()
    async with hosted(memory) as (session, _):
        await StandIn(memory.connector(), session, "an id", lambda: None).sit()
        assert session.state.count == 1
