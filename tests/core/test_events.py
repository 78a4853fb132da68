"""Inputs, effects and notices."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from headcount.core import events as e

EVERY = {*get_args(e.Input), *get_args(e.Notice), *get_args(e.Effect)}


def test_every_event_belongs_to_one_of_the_three() -> None:
    """A new event needs its place in the unions, or nobody hears of it."""
    classes = {
        value
        for value in vars(e).values()
        if dataclasses.is_dataclass(value) and value.__module__ == e.__name__
    }
    assert classes == EVERY
    assert len(get_args(e.Input)) + len(get_args(e.Notice)) + len(get_args(e.Effect)) == len(EVERY)


@pytest.mark.parametrize("event", sorted(EVERY, key=str))
def test_an_event_is_a_value(event: type) -> None:
    """Nobody changes what has happened."""
    assert event.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert event.__doc__
