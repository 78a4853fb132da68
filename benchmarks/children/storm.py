"""Some of those who join at one moment: `storm URL CLIENTS`.

Orders: `{"join": ID, "count": N, "patience": SECONDS}` is answered once each of its clients
has seen N, or the patience is over; `{"check": N}` with those who do not show N now.
"""

from __future__ import annotations

import asyncio
import sys
import time

import headcount
from benchmarks.children.orders import answer, order, run
from headcount.errors import HeadcountError


class Joiner:
    """One client: what it shows, and since when it is right."""

    def __init__(self, broker: headcount.Broker) -> None:
        self.broker = broker
        self.shown: int | None = None
        self.right_at: float | None = None
        self.fate = ""

    async def join(self, id: str, count: int, right: asyncio.Event) -> None:
        """Join, and follow the session to its end."""
        try:
            async with self.broker.join(id) as session:
                async for state in session.watch():
                    if state.count != self.shown:
                        self.shown = state.count
                        self.right_at = time.monotonic() if state.count == count else None
                    if self.right_at is not None:
                        right.set()
                self.fate = f"closed: {session.closed_reason}"
        except (HeadcountError, TimeoutError) as error:
            self.fate = f"{type(error).__name__}: {error}"


async def storm(brokers: list[headcount.Broker], id: str, count: int, patience: float) -> None:
    """Let all join at once, and answer; then answer checks until the session is over."""
    joiners = [Joiner(broker) for broker in brokers]
    rights = [asyncio.Event() for _ in joiners]
    tasks = [
        asyncio.create_task(each.join(id, count, right))
        for each, right in zip(joiners, rights, strict=True)
    ]
    await asyncio.wait([asyncio.create_task(right.wait()) for right in rights], timeout=patience)
    answer([each.right_at for each in joiners])
    wanted = (await order())["check"]
    answer(
        [
            f"{each.broker.client_id} shows {each.shown} {each.fate}".strip()
            for each in joiners
            if each.shown != wanted or each.fate
        ]
    )
    await asyncio.wait(tasks, timeout=patience)
    answer(sum(not task.done() for task in tasks))


async def main(url: str, clients: int) -> None:
    brokers = [headcount.connect(url) for _ in range(clients)]
    for broker in brokers:
        await broker.__aenter__()
    answer("ready")
    while True:
        wanted = await order()
        await storm(brokers, wanted["join"], wanted["count"], wanted["patience"])


if __name__ == "__main__":
    run(main(sys.argv[1], int(sys.argv[2])))
