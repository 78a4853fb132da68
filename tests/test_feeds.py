"""What a session hands out, and to whom."""

from __future__ import annotations

import gc
from collections import Counter
from typing import Any

import pytest

from headcount import feeds as module
from headcount.core import events as e
from headcount.feeds import Feeds
from headcount.mail import Gap, Message


class Consumers:
    """Feeds, and what they counted."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.feeds = Feeds(lambda metric: self.counted.update([metric]))


def state(version: int) -> Any:
    """Return something that stands for a state."""
    return ("state", version)


def arrived(seq: int) -> e.MessageArrived:
    """Return the notice of a message."""
    return e.MessageArrived("demo", "ann", "Ann", seq, seq)


async def test_every_consumer_gets_everything_that_is_its() -> None:
    """States to watchers, messages to readers, all notices to followers."""
    feeds = Consumers().feeds
    states, events, messages = feeds.states(state(1)), feeds.events(), feeds.messages()
    notices: list[e.Notice] = [
        e.StateChanged("demo", state(2)),
        arrived(1),
        e.MessagesMissed("demo", "ann", 2),
        e.SessionParted("demo"),
    ]
    for notice in notices:
        feeds.take(notice)
    feeds.end()
    assert [each async for each in states] == [state(1), state(2)]
    assert [each async for each in messages] == [Message("ann", "Ann", 1, 1), Gap("ann", 2)]
    assert [each async for each in events] == notices
    assert feeds.ended.is_set()


async def test_a_slow_watcher_misses_states_but_not_the_last() -> None:
    """That states were left out is no loss, and not counted."""
    consumers = Consumers()
    states = consumers.feeds.states(None)
    for version in range(module.STATES_WAITING + 10):
        consumers.feeds.take(e.StateChanged("demo", state(version)))
    consumers.feeds.end()
    read = [each async for each in states]
    assert len(read) == module.STATES_WAITING
    assert read[-1] == state(module.STATES_WAITING + 9)
    assert not consumers.counted


async def test_a_slow_follower_loses_old_notices_never_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was lost is counted."""
    monkeypatch.setattr(module, "EVENTS_WAITING", 5)
    consumers = Consumers()
    events = consumers.feeds.events()
    for seq in range(10):
        consumers.feeds.take(arrived(seq))
    consumers.feeds.take(e.SessionClosed("demo", "left"))
    consumers.feeds.end()
    read = [each async for each in events]
    assert read[-1] == e.SessionClosed("demo", "left")
    assert len(read) == 5
    assert consumers.counted == {"events_dropped": 6}


async def test_the_first_reader_of_messages_gets_those_before_it() -> None:
    """A later one gets what comes from then on."""
    feeds = Consumers().feeds
    feeds.take(arrived(1))
    first = feeds.messages()
    feeds.take(arrived(2))
    second = feeds.messages()
    feeds.take(arrived(3))
    feeds.end()
    assert [each.seq async for each in first if isinstance(each, Message)] == [1, 2, 3]
    assert [each.seq async for each in second if isinstance(each, Message)] == [3]


async def test_after_the_end_everything_is_over_at_once() -> None:
    """Nobody waits; the last state can still be read."""
    feeds = Consumers().feeds
    feeds.end()
    assert [each async for each in feeds.states(state(9))] == [state(9)]
    assert [each async for each in feeds.events()] == []
    assert [each async for each in feeds.messages()] == []


async def test_a_consumer_that_went_away_is_forgotten() -> None:
    """Iterating a thousand times and breaking off costs nothing."""
    feeds = Consumers().feeds
    for _ in range(10):
        feeds.states(state(1))
        feeds.events()
    gc.collect()
    assert (len(feeds._states), len(feeds._events)) == (0, 0)
