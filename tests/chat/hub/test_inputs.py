"""Everything that can happen to a hub."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from headcount.chat.hub import inputs as n

EVERY = set(get_args(n.Input))


def test_every_input_is_in_the_union() -> None:
    """A new one needs its place there; what others are made of is none."""
    classes = {
        value
        for value in vars(n).values()
        if dataclasses.is_dataclass(value) and value.__module__ == n.__name__
    }
    assert classes - EVERY == {n.StoredMessage, n.LiveSession}


@pytest.mark.parametrize("event", sorted(EVERY, key=str))
def test_an_input_is_a_value(event: type) -> None:
    """Nobody changes what has happened."""
    assert event.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert event.__doc__
