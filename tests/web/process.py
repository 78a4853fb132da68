"""`headcount serve` as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.cli.instance import Instance


@dataclass(frozen=True)
class Served:
    """A running server: its page's address, and its broker's."""

    instance: Instance
    url: str
    broker: str


@contextlib.asynccontextmanager
async def process(data: Path, port: int = 0) -> AsyncIterator[Served]:
    """Run it until the end of the block, or until it is killed."""
    options = ("--mqtt-port", "0", "--http-port", str(port), "--data", str(data))
    with Instance("serve", *options) as instance:
        event = await asyncio.to_thread(instance.wait_for, "listening", 60)
        yield Served(instance, event["http"], event["mqtt"])
