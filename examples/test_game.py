"""Tests of a game that need no broker, no network and no sleeping.

python -m pytest examples/test_game.py
"""

import asyncio

import headcount
from headcount.testing import MemoryBroker


def whose_turn(session: headcount.Session) -> str:
    """The game: everybody draws from the same list, so everybody draws the same player."""
    return session.rng("turns").choice(session.state.connected_instances)


async def until(session: headcount.Session, count: int) -> None:
    async for state in session.watch():
        if state.count == count:
            return


async def two_players(memory: MemoryBroker) -> None:
    ana = headcount.connect(connector=memory.connector(), client_id="ana")
    ben = headcount.connect(connector=memory.connector(), client_id="ben")
    async with ana, ben, ana.create("Game", seed=1) as one, ben.join(one.id) as other:
        assert whose_turn(one) == whose_turn(other)
        memory.refuse = True  # Ben's network breaks and stays away...
        memory.drop(next(each for each in memory.client_ids if each.startswith("ben")))
        await until(one, 1)
        assert whose_turn(one) == "ana"
        memory.refuse = False  # ...and comes back: his seat was held
        await until(one, 2)


def test_the_game() -> None:
    asyncio.run(asyncio.wait_for(two_players(MemoryBroker()), timeout=10))
