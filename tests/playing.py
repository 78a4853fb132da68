"""Brokers in memory and clients on them, for tests of the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from headcount.connection import Broker, connect
from headcount.core.state import SessionState
from headcount.links.memory import MemoryBroker
from headcount.session import Session

PATIENCE = 10.0
"""How long a test waits for what must come, in seconds."""
QUICK: dict[str, Any] = {"heartbeat": 0.1, "lease": 0.5, "grace_lobby": 0.1, "link_timeout": 2.0}
"""Timers with which the end of a lease need not be waited for long."""


def client(memory: MemoryBroker, client_id: str, **options: Any) -> Broker:
    """Return a connection to a broker in memory."""
    return connect(connector=memory.connector(), client_id=client_id, **options)


@asynccontextmanager
async def clients(memory: MemoryBroker, *ids: str) -> AsyncIterator[list[Broker]]:
    """Connect several clients; disconnect them at the end."""
    brokers = [client(memory, client_id) for client_id in ids]
    try:
        yield [await broker.__aenter__() for broker in brokers]
    finally:
        for broker in brokers:
            await broker.close()


@asynccontextmanager
async def crowd(memory: MemoryBroker, *ids: str, **options: Any) -> AsyncIterator[list[Session]]:
    """Create the session `demo` and let the others join it; everybody leaves at the end."""
    sessions: list[Session] = []
    async with clients(memory, *ids) as (host, *others):
        try:
            created = host.create("Sea Zones", id="demo", **options)
            sessions.append(await created.__aenter__())
            for other in others:
                sessions.append(await other.join("demo").__aenter__())
            await until(sessions[0], lambda state: state.count == len(ids))
            yield sessions
        finally:
            for session in reversed(sessions):
                await session.leave()


async def until(session: Session, condition: Callable[[SessionState], bool]) -> SessionState:
    """Return the first state, from the present one on, that fulfils a condition.

    Raises:
        TimeoutError: none did within `PATIENCE`.
        AssertionError: the session ended before.
    """
    async with asyncio.timeout(PATIENCE):
        async for state in session.watch():
            if condition(state):
                return state
    raise AssertionError(f"the session ended: {session.closed_reason}")


async def crash(broker: Broker) -> None:
    """End a client as a crash does: no word from it, its will is published."""
    await broker._exchange.stop(goodbye=False)
