"""A process that stores messages as fast as it can, and prints the number of each that is stored.

python -m tests.chat.store.burst DATA [DATABASE]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from headcount.chat.store import Draft, Store

SENDERS = 50


async def send(store: Store, sender: int) -> None:
    """Say one thing after another, each once the one before is acknowledged."""
    for n in range(1_000_000):
        draft = Draft("lobby", f"S{sender}", f"{sender}/{n}", guest=str(sender), ref=str(n))
        stored = await store.history.add(draft)
        sys.stdout.write(f"{stored.message.id} {stored.message.text}\n")
        sys.stdout.flush()


async def main(data: str, database: str | None = None) -> None:
    """Go on until somebody kills it."""
    async with Store.open(Path(data), database) as store:
        await asyncio.gather(*(send(store, n) for n in range(SENDERS)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
