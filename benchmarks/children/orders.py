"""What all children share: orders in, answers out, one line of JSON each."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Coroutine
from typing import Any


async def order() -> dict[str, Any]:
    """Wait for the next order; without a parent there is nothing left to do."""
    line = await asyncio.to_thread(sys.stdin.readline)
    if not line:
        sys.exit(0)
    told: dict[str, Any] = json.loads(line)
    return told


def answer(said: Any) -> None:
    """Say something to the parent."""
    print(json.dumps(said), flush=True)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a child; what the package warns of is seen on standard error."""
    logging.basicConfig(level=logging.WARNING, format="child: %(name)s: %(message)s")
    asyncio.run(main)
