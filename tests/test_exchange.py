"""Whose notice is whose."""

from __future__ import annotations

import pytest

from headcount.core import events as e
from headcount.errors import BadInputError, SessionEndedError
from headcount.exchange import Exchange
from headcount.links.memory import MemoryBroker


@pytest.fixture
async def exchange() -> Exchange:
    """Give an exchange on a broker in memory."""
    made = Exchange(MemoryBroker().connector(), "ann", "")
    await made.start()
    return made


async def test_each_listener_gets_what_is_its(exchange: Exchange) -> None:
    """A notice of the connection concerns all, one of a session its listener only."""
    one: list[e.Notice] = []
    two: list[e.Notice] = []
    exchange.enter(e.Observe("one"), one.append)
    exchange.enter(e.Observe("two"), two.append)
    for notice in (e.SessionClosed("one", "left"), e.LinkChanged(False), e.Swept("one", "old")):
        exchange._notice(notice)
    assert one == [e.SessionClosed("one", "left"), e.LinkChanged(False)]
    assert two == [e.LinkChanged(False)]


async def test_the_list_goes_to_whoever_keeps_it(exchange: Exchange) -> None:
    """Nobody may."""
    listed: list[e.SessionsListed] = []
    exchange._notice(e.SessionsListed(()))
    exchange.list_changed = listed.append
    exchange._notice(e.SessionsListed(()))
    assert len(listed) == 1


async def test_a_session_has_one_listener(exchange: Exchange) -> None:
    """A second one is refused, and the first goes on."""
    heard: list[e.Notice] = []
    exchange.enter(e.Observe("one"), heard.append)
    with pytest.raises(BadInputError, match="already"):
        exchange.enter(e.Observe("one"), lambda notice: None)
    exchange._notice(e.SessionClosed("one", "left"))
    assert len(heard) == 1


async def test_what_was_forgotten_is_over(exchange: Exchange) -> None:
    """The listener hears so, and nothing after it."""
    heard: list[e.Notice] = []
    exchange.enter(e.Observe("one"), heard.append)
    assert exchange.busy
    exchange.forget("one")
    assert heard == [e.SessionParted("one")]
    assert not exchange.busy
    exchange._notice(e.SessionClosed("one", "left"))
    assert len(heard) == 1


async def test_after_the_end_nothing_can_be_asked(exchange: Exchange) -> None:
    """The connection is closed."""
    exchange.enter(e.Observe("one"), lambda notice: None)
    await exchange.stop(goodbye=True)
    with pytest.raises(SessionEndedError, match="connection to the broker was closed"):
        exchange.tell(e.Browse())
    with pytest.raises(SessionEndedError):
        exchange.enter(e.Observe("two"), lambda notice: None)
    exchange.forget("one")
    assert not exchange.busy


async def test_before_the_beginning_nothing_can_be_asked() -> None:
    """The connection was never made, so it was not closed either."""
    with pytest.raises(BadInputError, match="connect first"):
        Exchange(MemoryBroker().connector(), "ann", "").tell(e.Browse())
