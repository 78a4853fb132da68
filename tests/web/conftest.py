"""A browser for all tests of the page, and a server in this process for each."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from headcount.chat.hub.settings import Settings
from headcount.chat.server.server import ChatServer, serving
from headcount.chat.server.settings import ServerSettings
from headcount.connection import Broker
from tests.web.windows import SECRET, Windows, windows_on

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

Serve = Callable[..., contextlib.AbstractAsyncContextManager[ChatServer]]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the browser's program; without one skip, but never where all must be there."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            return found
    why = "chromium is not installed: apt-get install chromium"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Give a running browser."""
    options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=options)
        yield running
        await running.close()


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Give a way to start a server in this process; other arguments are those of the hub."""

    def start(
        broker: Broker | None = None, **hub: Any
    ) -> contextlib.AbstractAsyncContextManager[ChatServer]:
        settings = ServerSettings(hub=Settings(**hub), port=0, data=tmp_path / "data")
        return serving(settings, broker)

    return start


@pytest_asyncio.fixture(loop_scope="session")
async def server(serve: Serve) -> AsyncIterator[ChatServer]:
    """Give a server with all defaults."""
    async with serve() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def windows(browser: Browser, server: ChatServer) -> AsyncIterator[Windows]:
    """Give windows on that server."""
    async with windows_on(browser, server.url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def admin(server: ChatServer) -> str:
    """Give the name of an admin, whose password is `SECRET`."""
    account = await server.place.store.accounts.register("Boss", SECRET, role="admin")
    return account.name
