"""The list is asked for by its first reader and given up with the last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from headcount.core import events as e
from headcount.errors import SessionEndedError
from headcount.exchange import Exchange
from headcount.links.memory import MemoryBroker
from headcount.listing import Listing


@pytest.fixture
async def exchange(monkeypatch: pytest.MonkeyPatch) -> Exchange:
    """Give an exchange that notes what it is told."""
    made = Exchange(MemoryBroker().connector(), "ann", "")
    await made.start()
    made.told = []  # type: ignore[attr-defined]
    monkeypatch.setattr(made, "tell", made.told.append)  # type: ignore[attr-defined]
    return made


def told(exchange: Exchange) -> list[str]:
    """Return what the exchange was told, by name."""
    return [type(event).__name__ for event in cast(Any, exchange).told]


def tell(exchange: Exchange, *names: str) -> None:
    """Let the list change; names stand for states."""
    assert exchange.list_changed is not None
    exchange.list_changed(e.SessionsListed(cast(Any, names)))


async def test_all_readers_share_one_list(exchange: Exchange) -> None:
    """It is asked for once, and given up once."""
    listing = Listing(exchange)
    first = asyncio.create_task(listing.read())
    second = asyncio.create_task(listing.read())
    await asyncio.sleep(0)
    tell(exchange, "a", "b")
    assert await first == await second == ["a", "b"]
    assert told(exchange) == ["Browse", "StopBrowsing"]
    assert listing.latest is None


async def test_while_it_is_kept_a_reader_gets_it_at_once(exchange: Exchange) -> None:
    """It is up to date already."""
    listing = Listing(exchange)
    watching = cast(AsyncGenerator[list[Any]], listing.watch())
    first = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    tell(exchange, "a")
    assert await first == ["a"]
    assert await listing.read() == ["a"]
    await watching.aclose()
    assert told(exchange) == ["Browse", "StopBrowsing"]


async def test_a_slow_watcher_gets_the_last_list(exchange: Exchange) -> None:
    """What was in between is of no interest any more."""
    listing = Listing(exchange)
    watching = cast(AsyncGenerator[list[Any]], listing.watch())
    first = asyncio.ensure_future(anext(watching))
    await asyncio.sleep(0)
    tell(exchange)
    assert await first == []
    tell(exchange, "a")
    tell(exchange, "a", "b")
    assert await anext(watching) == ["a", "b"]
    listing.end()
    assert [each async for each in watching] == []


async def test_when_the_connection_ends_before_the_list_is_known(exchange: Exchange) -> None:
    """Nobody is told that there are no sessions."""
    listing = Listing(exchange)
    reading = asyncio.create_task(listing.read())
    await asyncio.sleep(0)
    listing.end()
    with pytest.raises(SessionEndedError, match="connection to the broker was closed"):
        await reading
