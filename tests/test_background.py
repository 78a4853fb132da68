"""The event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from headcount.background import Background, Feed
from headcount.backlog import Backlog
from headcount.errors import BadInputError, SessionEndedError
from tests.playing import PATIENCE


@pytest.fixture
def background() -> Iterator[Background]:
    """Give a thread, and end it."""
    made = Background()
    yield made
    made.stop()


def test_coroutines_run_there(background: Background) -> None:
    """In the other thread; results and errors come back."""

    async def where() -> str:
        await asyncio.sleep(0)
        return threading.current_thread().name

    async def fail() -> None:
        raise ZeroDivisionError

    assert background.run(where()) == "headcount"
    assert background.call(lambda: threading.current_thread().name) == "headcount"
    with pytest.raises(ZeroDivisionError):
        background.run(fail())


def test_what_takes_too_long_is_cancelled(background: Background) -> None:
    """Nothing goes on behind the caller's back."""
    cancelled = threading.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(TimeoutError):
        background.run(wait(), 0.01)
    assert cancelled.wait(PATIENCE)


def test_after_the_end_it_says_so() -> None:
    """Stopping twice changes nothing."""
    background = Background()
    background.stop()
    background.stop()
    with pytest.raises(SessionEndedError, match="connection to the broker was closed"):
        background.call(lambda: None)


def test_a_feed_blocks_until_something_comes(background: Background) -> None:
    """And ends with its source."""
    backlog = Backlog[int](10)
    feed = Feed(background, backlog)
    for item in range(3):
        background.call(lambda item=item: backlog.put(item))  # type: ignore[misc]
    background.call(backlog.end)
    assert list(feed) == [0, 1, 2]
    assert feed.over
    assert list(feed) == []


def test_polling_loses_nothing(background: Background) -> None:
    """A game loop looks whether something has come, and goes on."""
    backlog = Backlog[int](10)
    feed = Feed(background, backlog)
    assert feed.poll() is None
    assert feed.poll(0.01) is None
    background.call(lambda: backlog.put(1))
    assert feed.poll(PATIENCE) == 1
    assert feed.poll() is None
    background.call(lambda: backlog.put(2))
    assert next(feed) == 2
    assert not feed.over
    background.call(backlog.end)
    assert feed.poll(PATIENCE) is None
    assert feed.over


def test_what_is_still_under_way_at_the_end_is_cancelled() -> None:
    """A feed that somebody polled once and forgot leaves no task behind."""
    background = Background()
    ended = threading.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    future = background.begin(wait())
    background.call(lambda: None)
    background.stop()
    assert ended.is_set()
    assert future.cancelled()


def test_nothing_waits_for_its_own_thread(background: Background) -> None:
    """It would wait for ever."""

    async def again() -> None:
        await asyncio.sleep(0)

    def wait_here() -> None:
        with pytest.raises(BadInputError, match="another thread"):
            background.run(again())
        with pytest.raises(BadInputError, match="another thread"):
            background.stop()

    background.call(wait_here)
