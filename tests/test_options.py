"""What is passed on is what the function at the end takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

from headcount import connection, options
from headcount.connection import Broker


@pytest.mark.parametrize(
    ("passed_on", "taken_by"),
    [
        (options.ConnectOptions, connection.connect),
        (options.CreateOptions, Broker.create),
        (options.JoinOptions, Broker.join),
    ],
)
def test_the_same_names_and_types(passed_on: type, taken_by: Callable[..., Any]) -> None:
    """None is missing, and none means something else."""
    keywords = {
        name
        for name, parameter in inspect.signature(taken_by).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    wanted = get_type_hints(taken_by)
    assert get_type_hints(passed_on) == {name: wanted[name] for name in keywords}
