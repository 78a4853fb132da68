"""What a client may say."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from headcount.chat.wire import incoming as i

EVERY = set(get_args(i.Message))


def test_every_message_is_in_the_union() -> None:
    """A new one needs its place there."""
    classes = {
        value
        for value in vars(i).values()
        if dataclasses.is_dataclass(value) and value.__module__ == i.__name__
    }
    assert classes == EVERY


@pytest.mark.parametrize("message", sorted(EVERY, key=str))
def test_a_message_is_a_value(message: type) -> None:
    """What was said was said."""
    assert message.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert message.__doc__
