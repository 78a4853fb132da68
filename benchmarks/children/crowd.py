"""Members whose traffic is counted: `crowd URL ID MEMBERS COUNT`.

It says "ready" once each of its members shows COUNT. `{"window": SECONDS}` is answered with
what each sent and got meanwhile.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

import headcount
from benchmarks.children.counted import CountedConnector
from benchmarks.children.orders import answer, order, run


async def enter(connector: CountedConnector, id: str) -> headcount.Session:
    """Return a session that is entered."""
    broker = headcount.connect(connector=connector)
    await broker.__aenter__()
    return await broker.join(id).__aenter__()


async def main(url: str, id: str, members: int, count: int) -> None:
    connectors = [CountedConnector(url) for _ in range(members)]
    sessions = [await enter(connector, id) for connector in connectors]
    for session in sessions:
        async for state in session.watch():
            if state.count == count:
                break
    answer("ready")
    while True:
        window = (await order())["window"]
        before = [(Counter(each.tally.packets), each.tally.size) for each in connectors]
        await asyncio.sleep(window)
        answer(
            [
                {"packets": dict(each.tally.packets - packets), "bytes": each.tally.size - size}
                for each, (packets, size) in zip(connectors, before, strict=True)
            ]
        )


if __name__ == "__main__":
    run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
