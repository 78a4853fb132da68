"""Three instances meet in one session, in one process.

python examples/together.py                         on a broker in memory
python examples/together.py mqtt://127.0.0.1:1883   on a real one
"""

import asyncio
import sys

import headcount
from headcount.testing import MemoryBroker

MEMORY = MemoryBroker()


def instance(name: str) -> headcount.Broker:
    if len(sys.argv) > 1:
        return headcount.connect(sys.argv[1], name=name)
    return headcount.connect(connector=MEMORY.connector(), name=name)


async def show(name: str, session: headcount.Session) -> None:
    async for state in session.watch():
        print(f"{name} sees {state.count}/{state.num_players_max}")


async def main() -> None:
    async with instance("Ana") as ana, instance("Ben") as ben, instance("Chloe") as chloe:
        async with ana.create("Sea Zones", seats=(2, 4)) as session:
            showing = asyncio.create_task(show("Ana", session))
            async with ben.join(session.id), chloe.join(session.id) as third:
                await third.set_ready()
                ready = [m.name for m in third.members.values() if m.ready]
                print("ready:", ", ".join(ready))
        await showing
    print("over:", session.closed_reason)


asyncio.run(main())
