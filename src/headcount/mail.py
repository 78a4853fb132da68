"""Application messages as a session hands them out: in each sender's order, gaps told."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from headcount.backlog import Backlog

LIMIT = 1000
"""How many messages may wait for a consumer."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a member has sent to all, itself included.

    `seq` rises by one from message to message of one sender; `name` is who that is to people.
    """

    sender: str
    name: str
    payload: Any
    seq: int


@dataclass(frozen=True, slots=True)
class Gap:
    """`missed` messages of one sender did not arrive, or had to go since nobody took them."""

    sender: str
    missed: int


class Mail(AsyncIterator[Message | Gap]):
    """The messages of a session, for one consumer.

    Args:
        overflowed: called for every message that had to go.
    """

    def __init__(self, overflowed: Callable[[], None], limit: int = LIMIT) -> None:
        self._waiting = Backlog[Message | Gap](limit, self._drop)
        self._overflowed = overflowed
        self._missed: Counter[str] = Counter()
        self._next: Message | Gap | None = None

    def put(self, item: Message | Gap) -> None:
        """Add what came."""
        self._waiting.put(item)

    def end(self) -> None:
        """Let the iteration end after what waits now."""
        self._waiting.end()

    def __aiter__(self) -> Mail:
        return self

    async def __anext__(self) -> Message | Gap:
        if self._next is None:
            self._next = await anext(self._waiting)
        if self._missed:
            return Gap(*self._missed.popitem())
        item, self._next = self._next, None
        return item

    def _drop(self, item: Message | Gap) -> None:
        self._missed[item.sender] += item.missed if isinstance(item, Gap) else 1
        self._overflowed()
