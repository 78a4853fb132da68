"""The server's check of itself: the count last sent to a room, less what is really there.

0 when right. The count is read where the frame was sent, and compared with what it is about:
open transports for the lobby, the session's own state for a session's room.
"""

from __future__ import annotations

import asyncio
from typing import Final

from headcount.chat.hub.crowd import folded
from headcount.chat.hub.effects import Channel, Kind
from headcount.chat.hub.model import LOBBY
from headcount.chat.hub.naming import ANONYMOUS
from headcount.chat.server.place import Place

PATIENCE: Final = 1.5
"""Seconds within which the last change must have been told."""
_STEP: Final = 0.05


def differences(place: Place) -> dict[str, int]:
    """Return for each room in which somebody is: the count last sent, less the true one."""
    runner, found = place.runner, {}
    for room, told in runner.figures.told.items():
        if not runner.listeners(Channel(room, Kind.COUNTS), Channel(room, Kind.DIFFS)):
            continue
        if room == LOBBY:
            found[room] = told - _in_lobby(place)
        else:
            live = place.rooms.get(room)
            found[room] = told - (0 if live is None else live.count)
    return found


async def settled(place: Place) -> dict[str, int]:
    """Return the differences, once a change that is being told just now is told."""
    waited = 0.0
    while any((found := differences(place)).values()) and waited < PATIENCE:
        await asyncio.sleep(_STEP)
        waited += _STEP
    return found


def _in_lobby(place: Place) -> int:
    """Return how many are here: open transports, or the names of those behind them."""
    if place.settings.hub.count == "connections":
        return place.runner.transports
    names = {folded(each.name) for each in place.runner.present()}
    return len([name for name in names if not name.startswith(ANONYMOUS)])
