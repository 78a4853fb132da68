"""What is asked of a model, whatever it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from headcount.arguments import roles
from headcount.core.names import LONGEST, is_name
from headcount.errors import BadInputError

ADMIN = "Admin"


def name_of(model: Any) -> str:
    """Return what people call a model: its `name`, its window's title, or its class."""
    for attribute in ("name", "windowTitle"):
        value = getattr(model, attribute, None)
        if callable(value):
            value = value()
        if isinstance(value, str) and is_name(value.strip()):
            return value.strip()
    return type(model).__name__


def players_of(model: Any) -> list[str]:
    """Return the names of a model's players, without its administrator.

    They are the keys of `model.players`, or its items, or the names of these.

    Raises:
        BadInputError: there are too many, or a name is too long for all to see it.
    """
    players = getattr(model, "players", ())
    if isinstance(players, Mapping):
        found: list[Any] = list(players)
    elif isinstance(players, Iterable) and not isinstance(players, str):
        found = [getattr(player, "name", player) for player in players]
    else:
        found = []
    for name in found:
        if isinstance(name, str) and len(name) > LONGEST:
            raise BadInputError(f"a player's name has at most {LONGEST} signs, unlike {name!r}")
    names = [name for name in found if isinstance(name, str) and is_name(name)]
    return list(roles([name for name in dict.fromkeys(names) if name != ADMIN]))
