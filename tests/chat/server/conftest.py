"""A server in this process, on a free port, with real sockets and a real store."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from headcount.chat.hub.settings import Settings
from headcount.chat.server.server import ChatServer, serving
from headcount.chat.server.settings import ServerSettings
from headcount.connection import Broker
from tests.chat.http import Http
from tests.chat.store.conftest import place, postgres  # noqa: F401
from tests.chat.store.places import Place

Start = Callable[..., contextlib.AbstractAsyncContextManager[ChatServer]]


@pytest.fixture
def local(tmp_path: Path) -> Place:
    """Give where an empty SQLite store is to be."""
    return Place(tmp_path / "data", None)


@contextlib.asynccontextmanager
async def started(
    where: Place,
    broker: Broker | None = None,
    lease: float = 30.0,
    hub: dict[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[ChatServer]:
    """Run a server; what is not given has its default."""
    wanted = ServerSettings(hub=Settings(**(hub or {})), port=0, lease=lease, **settings)
    async with where.open(lease=lease) as store, serving(wanted, broker, store) as server:
        yield server


@pytest.fixture
async def server(local: Place) -> AsyncIterator[ChatServer]:
    """Give a server with all defaults, on SQLite."""
    async with started(local) as running:
        yield running


@pytest.fixture
def http(server: ChatServer) -> Http:
    """Give its HTTP side."""
    return Http(server.url)
