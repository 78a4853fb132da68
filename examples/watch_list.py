"""Show the live sessions of a broker, now and at every change.

python examples/watch_list.py mqtt://127.0.0.1:1883
"""

import asyncio
import contextlib
import sys

import headcount
from headcount import SessionState


def row(state: SessionState) -> str:
    high = state.num_players_max or "any"
    free = "can be joined" if state.joinable else state.phase
    return f"{state.session_id}: {state.model_name} {state.count}/{high}, {free}"


async def main(url: str) -> None:
    async with headcount.connect(url) as broker:
        async for sessions in broker.watch_sessions():
            print(f"--- {len(sessions)} sessions", flush=True)
            for state in sessions:
                print(row(state), flush=True)


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main(sys.argv[1]))
