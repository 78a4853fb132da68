"""The chat's server, alone in its process: `python -m benchmarks.chat.serve DATA {SETTINGS}`.

What the hub's settings are to be otherwise than by default is given as JSON. It says its port
in one line, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from headcount.chat.hub.settings import Settings
from headcount.chat.server.server import serving
from headcount.chat.server.settings import ServerSettings


async def main(data: Path, chosen: dict[str, float]) -> None:
    """Serve until standard input ends."""
    settings = ServerSettings(hub=Settings(**chosen), port=0, data=data)  # type: ignore[arg-type]
    async with serving(settings) as server:
        print(json.dumps({"port": server.port}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
