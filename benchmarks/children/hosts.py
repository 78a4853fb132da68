"""Hosts of many sessions: `hosts URL PREFIX CONNECTIONS SESSIONS_EACH`; says their ids."""

from __future__ import annotations

import asyncio
import sys

import headcount
from benchmarks.children.orders import answer, order, run


async def connected(url: str) -> headcount.Broker:
    """Return a connection."""
    return await headcount.connect(url).__aenter__()


async def host(broker: headcount.Broker, prefix: str, sessions: int) -> list[headcount.Session]:
    """Create some sessions over one connection."""
    made = [broker.create("Bench", id=f"{prefix}-{n}") for n in range(sessions)]
    return await asyncio.gather(*(each.__aenter__() for each in made))


async def main(url: str, prefix: str, connections: int, each: int) -> None:
    brokers = [await connected(url) for _ in range(connections)]
    hosted = [
        session
        for n, broker in enumerate(brokers)
        for session in await host(broker, f"{prefix}-{n}", each)
    ]
    answer([session.id for session in hosted])
    await order()


if __name__ == "__main__":
    run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
