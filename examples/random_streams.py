"""Every instance draws the same numbers, from as many independent streams as a model needs.

python examples/random_streams.py                         on a broker in memory
python examples/random_streams.py mqtt://127.0.0.1:1883   on a real one
"""

import asyncio
import sys

import headcount
from headcount.testing import MemoryBroker

MEMORY = MemoryBroker()


def instance(client_id: str) -> headcount.Broker:
    if len(sys.argv) > 1:
        return headcount.connect(sys.argv[1], client_id=client_id)
    return headcount.connect(connector=MEMORY.connector(), client_id=client_id)


def first_round(session: headcount.Session) -> tuple[list[int], float]:
    fish = session.rng("fish")  # one name, one stream: drawing fish does not change the weather
    weather = session.rng("weather")
    return [fish.randint(0, 9) for _ in range(5)], round(weather.random(), 6)


async def main() -> None:
    ana, ben = instance("ana"), instance("ben")
    async with ana, ben, ana.create("Sea Zones", seed=42) as one, ben.join(one.id) as other:
        for session in (one, other):
            print(session.client_id, *first_round(session))
        assert first_round(one) == first_round(other)
        assert one.rng("fish").random() != one.rng("birds").random()


asyncio.run(main())
