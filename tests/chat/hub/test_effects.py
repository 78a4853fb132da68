"""Everything that a hub asks for."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from headcount.chat.hub import effects as x

EVERY = set(get_args(x.Effect))


def test_every_effect_is_in_the_union() -> None:
    """A new one needs its place there, or no server performs it."""
    classes = {
        value
        for value in vars(x).values()
        if dataclasses.is_dataclass(value) and value.__module__ == x.__name__
    }
    assert classes == EVERY


@pytest.mark.parametrize("effect", sorted(EVERY, key=str))
def test_an_effect_is_a_value(effect: type) -> None:
    """It can be compared, kept and performed later."""
    assert effect.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert effect.__doc__


def test_a_channel_is_a_key() -> None:
    """Two that are equal are one."""
    assert {x.Channel("a", x.Kind.TALK): 1}[x.Channel("a", x.Kind.TALK)] == 1
