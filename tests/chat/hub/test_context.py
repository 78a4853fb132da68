"""What the parts of a hub share."""

from __future__ import annotations

import random

from headcount.chat.hub import effects as x
from headcount.chat.hub.context import Context
from headcount.chat.hub.model import Connection
from headcount.chat.hub.settings import Settings
from tests.chat.hub.test_crowd import connection


def test_dropping_tells_every_part_once() -> None:
    """A connection that is dropped while it is being dropped goes once."""
    context = Context(Settings(), random.Random(1))
    one = connection("a")
    context.connections.add(one)
    left: list[Connection] = []
    context.leaving.append(left.append)
    context.leaving.append(lambda c: context.drop(c, 4008, "again"))
    context.drop(one, 4008, "silent")
    context.forget(one)
    assert left == [one]
    assert context.take_effects() == [x.Disconnect("a", 4008, "silent")]
    assert context.take_effects() == []


def test_requests_are_never_numbered_alike() -> None:
    """An answer belongs to one question."""
    context = Context(Settings(), random.Random(1))
    assert len({context.number() for _ in range(100)}) == 100
