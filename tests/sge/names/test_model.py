"""What is asked of models of any kind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from headcount.errors import BadInputError
from headcount.sge.names.model import name_of, players_of


class Pond:
    """A model without a name."""


def test_the_name() -> None:
    """Its own, its window's, or its class's."""
    assert name_of(SimpleNamespace(name="Sea")) == "Sea"
    assert name_of(SimpleNamespace(windowTitle=lambda: " Sea ")) == "Sea"
    assert name_of(SimpleNamespace(name="")) == "SimpleNamespace"
    assert name_of(Pond()) == "Pond"


@pytest.mark.parametrize(
    ("players", "names"),
    [
        ({"Admin": 1, "Mayor": 2}, ["Mayor"]),
        (["Mayor", "Mayor", "Fisher"], ["Mayor", "Fisher"]),
        ([SimpleNamespace(name="Mayor"), SimpleNamespace(name="Admin")], ["Mayor"]),
        ("Mayor", []),
        (None, []),
        ([3, "", "a\nb"], []),
    ],
)
def test_the_players(players: Any, names: list[str]) -> None:
    """By name, each once, without the administrator."""
    assert players_of(SimpleNamespace(players=players)) == names


def test_a_model_without_players() -> None:
    """It has no roles."""
    assert players_of(Pond()) == []


@pytest.mark.parametrize("players", [["x" * 65], [f"P{number}" for number in range(65)]])
def test_players_that_find_no_room(players: list[str]) -> None:
    """One is told, and not left to wonder where they are."""
    with pytest.raises(BadInputError, match="64"):
        players_of(SimpleNamespace(players=players))
