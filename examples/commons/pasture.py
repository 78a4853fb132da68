"""The model: a pasture that three players use. No Qt and no network here.

The same rounds and the same random numbers give the same pasture, so every instance works it
out for itself, and one that comes back works out what it has missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

SIZE = 8
ROUNDS = 8
FULL = 3
"""The most grass on one cell."""
REACH = {"Herder": 4, "Sower": 3, "Ranger": 3}
"""The roles, and how many cells each may choose in a round."""
TASKS = {
    "Herder": "Your herd eats all the grass on up to 4 cells. A point for each unit eaten.",
    "Sower": "You sow up to 3 bare cells. Two points for each: later the herd will want them.",
    "Ranger": "You fence up to 3 cells for this round: nobody eats there, and they grow. "
    "A point for every 8 cells that are full of grass in the end.",
}
WEATHER = {"drought": 0.05, "dry": 0.15, "fair": 0.3, "rainy": 0.5}
"""How likely it is that the grass of a cell grows."""

Cell = tuple[int, int]
"""Row and column."""
Plans = Mapping[str, Iterable[Cell]]
"""What each role does in a round."""
Streams = Callable[[str], Random]
"""Random numbers by name, such as `session.rng`."""


@dataclass(frozen=True, slots=True)
class Pasture:
    """The pasture before a round, and what the last one brought: the weather, and points."""

    round: int
    grass: Mapping[Cell, int]
    points: Mapping[str, int]
    weather: str = ""
    gains: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether all rounds were played."""
        return self.round >= ROUNDS


CELLS = [(row, column) for row in range(SIZE) for column in range(SIZE)]


def fresh(streams: Streams) -> Pasture:
    """Return the pasture at the beginning."""
    rng = streams("pasture")
    grass = {cell: rng.choice((0, 1, 2, 2, FULL)) for cell in CELLS}
    return Pasture(0, grass, dict.fromkeys(REACH, 0))


def play(pasture: Pasture, plans: Plans, streams: Streams) -> Pasture:
    """Return the pasture after a round: fences, then the herd, then seeds, then the grass grows."""
    rng = streams(f"round {pasture.round}")
    weather = rng.choice(list(WEATHER))
    wanted = {role: set(plans.get(role, ())) for role in REACH}
    grass, fenced = dict(pasture.grass), wanted["Ranger"]
    eaten = wanted["Herder"] - fenced
    gains = {"Herder": sum(grass[cell] for cell in eaten)}
    grass.update(dict.fromkeys(eaten, 0))
    sown = {cell for cell in wanted["Sower"] - eaten if grass[cell] == 0}
    gains["Sower"] = 2 * len(sown)
    grass.update(dict.fromkeys(sown, 1))
    grass = _grown(grass, fenced, sown | eaten, WEATHER[weather], rng)
    gains["Ranger"] = sum(height == FULL for height in grass.values()) // 8
    points = {role: pasture.points[role] + gains[role] for role in REACH}
    return Pasture(pasture.round + 1, grass, points, weather, gains)


def replay(rounds: Iterable[Plans], streams: Streams) -> Pasture:
    """Return the pasture after these rounds, from the beginning."""
    pasture = fresh(streams)
    for plans in rounds:
        pasture = play(pasture, plans, streams)
    return pasture


def read_cells(role: str, given: Any) -> list[Cell] | None:
    """Return the cells that a message names, or None if a player of this role cannot mean it."""
    if role not in REACH or not isinstance(given, list) or len(given) > REACH[role]:
        return None
    cells = [(cell[0], cell[1]) for cell in given if isinstance(cell, list) and len(cell) == 2]
    good = len(cells) == len(given) and all(cell in CELLS for cell in cells)
    return cells if good and len(set(cells)) == len(cells) else None


def read_plans(given: Any) -> Plans:
    """Return the plans of a round that was written down; what cannot be is left out."""
    items = given.items() if isinstance(given, dict) else ()
    read = {role: read_cells(role, cells) for role, cells in items}
    return {role: cells for role, cells in read.items() if cells is not None}


def _grown(
    grass: Mapping[Cell, int], fenced: set[Cell], used: set[Cell], likely: float, rng: Random
) -> dict[Cell, int]:
    """Let it rain: grass grows where there is some, and seldom spreads to a bare cell."""
    grown = {}
    for cell in CELLS:  # one number for each cell, in one order, whatever the players did
        luck = rng.random()
        if cell in used:
            grows = False
        elif grass[cell]:
            grows = cell in fenced or luck < likely
        else:
            grows = luck < likely * sum(grass.get(near, 0) == FULL for near in _around(cell)) / 8
        grown[cell] = min(FULL, grass[cell] + grows)
    return grown


def _around(cell: Cell) -> list[Cell]:
    row, column = cell
    return [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
