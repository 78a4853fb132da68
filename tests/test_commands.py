"""Every command is one request to the host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from headcount.commands import Commands
from headcount.core import messages as m
from headcount.errors import BadInputError


class Recorded(Commands):
    """Keeps what is asked."""

    def __init__(self) -> None:
        self.asked: list[m.AnyAsk] = []

    async def request(self, ask: m.AnyAsk) -> int:
        """Keep it."""
        self.asked.append(ask)
        return len(self.asked)


async def test_each_asks_for_one_thing() -> None:
    """And returns the version that the answer names."""
    session = Recorded()
    assert await session.set_ready() == 1
    await session.set_ready(False)
    await session.claim_role("Mayor")
    await session.release_role()
    await session.start(3)
    await session.cancel()
    await session.kick("ana")
    assert await session.close() == 8
    assert session.asked == [
        m.Ready(True),
        m.Ready(False),
        m.Role("Mayor"),
        m.Role(None),
        m.Start(3.0),
        m.Cancel(),
        m.Kick("ana"),
        m.Close(),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda session: session.set_ready("yes"),
        lambda session: session.claim_role(""),
        lambda session: session.start(-1),
        lambda session: session.kick("a/b"),
    ],
)
async def test_what_cannot_be_asked_is_not(wrong: Callable[[Commands], Awaitable[int]]) -> None:
    """It is said at once."""
    session = Recorded()
    with pytest.raises(BadInputError):
        await wrong(session)
    assert session.asked == []
