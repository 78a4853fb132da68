"""Bounded backlogs: the newest always stays, the end comes after what waits."""

from __future__ import annotations

import asyncio

import pytest

from headcount.backlog import Backlog


async def test_items_come_in_order_and_then_the_end() -> None:
    """What waits at the end is still handed out."""
    backlog = Backlog[int](10)
    for item in range(3):
        backlog.put(item)
    backlog.end()
    backlog.put(99)
    assert [item async for item in backlog] == [0, 1, 2]


async def test_when_it_is_full_the_oldest_goes_and_is_told() -> None:
    """The newest item may be the last one, so it stays."""
    dropped: list[int] = []
    backlog = Backlog[int](2, dropped.append)
    for item in range(5):
        backlog.put(item)
    backlog.end()
    assert dropped == [0, 1, 2]
    assert [item async for item in backlog] == [3, 4]


async def test_a_consumer_that_waits_gets_what_comes() -> None:
    """An item that comes later wakes the consumer."""
    backlog = Backlog[str](2)
    waiting = asyncio.ensure_future(anext(backlog))
    await asyncio.sleep(0)
    backlog.put("late")
    assert await waiting == "late"


async def test_a_consumer_that_is_cancelled_loses_nothing() -> None:
    """An item that comes while a consumer gives up is for the next one."""
    backlog = Backlog[str](2)
    waiting = asyncio.ensure_future(anext(backlog))
    await asyncio.sleep(0)
    backlog.put("kept")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await anext(backlog) == "kept"


async def test_two_consumers_at_once_are_a_mistake() -> None:
    """Which of them got an item would be chance."""
    backlog = Backlog[str](2)
    first = asyncio.ensure_future(anext(backlog))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="two tasks"):
        await anext(backlog)
    backlog.end()
    with pytest.raises(StopAsyncIteration):
        await first
