"""How much of everything: in full, and just enough to see that it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Repetitions, numbers of clients, and windows in seconds."""

    joins: int = 100
    storms: tuple[tuple[int, int], ...] = ((10, 5), (50, 5), (200, 3))
    """How many join at one moment, and how often that is done."""
    kills: int = 20
    losses: int = 5
    freezes: int = 3
    restarts: int = 3
    dialog_joins: int = 30
    dialog_crowds: int = 20
    dialog_losses: int = 10
    dialog_roles: int = 20
    mixed_crowds: int = 20
    mixed_losses: int = 5
    crowds: tuple[int, ...] = (2, 20, 200)
    """Members, the host included, of the sessions whose idle traffic is counted."""
    traffic_window: float = 30.0
    hosts: int = 40
    sessions_each: int = 25
    lists: int = 10
    idle_window: float = 20.0
    starts: int = 20
    seeds: int = 1000
    chat_rounds: int = 3
    """How often both servers do the same, in turn."""
    chat_rooms: tuple[int, ...] = (200, 1000)
    chat_deliveries: int = 400_000
    """In each round with a fixed number of messages in flight."""
    chat_window: float = 6.0
    chat_slow_window: float = 14.0
    chat_idle: tuple[int, ...] = (2000, 10_000)
    chat_crowd: int = 1000
    chat_points: int = 100
    chat_long_silence: bool = True
    """Whether a client that freezes is waited for under the default settings, too."""


FULL = Sizes()
QUICK = Sizes(
    joins=5,
    storms=((10, 1), (50, 1)),
    kills=1,
    losses=1,
    freezes=1,
    restarts=1,
    dialog_joins=2,
    dialog_crowds=1,
    dialog_losses=1,
    dialog_roles=2,
    mixed_crowds=1,
    mixed_losses=1,
    crowds=(2, 20),
    traffic_window=6.0,
    hosts=4,
    sessions_each=10,
    lists=1,
    idle_window=4.0,
    starts=3,
    seeds=100,
    chat_rounds=1,
    chat_rooms=(50, 1000),
    chat_deliveries=50_000,
    chat_window=1.0,
    chat_slow_window=2.0,
    chat_idle=(500,),
    chat_crowd=200,
    chat_points=3,
    chat_long_silence=False,
)
