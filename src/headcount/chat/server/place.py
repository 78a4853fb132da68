"""What the endpoints share: the hub's loop, the store, the broker's sessions, the settings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from starlette.requests import HTTPConnection

from headcount.chat.server.allowances import (
    ACCOUNTS,
    ACCOUNTS_RATE,
    LOGINS,
    Allowances,
    Places,
)
from headcount.chat.server.settings import ServerSettings
from headcount.chat.store import Store
from headcount.clock import monotonic

if TYPE_CHECKING:
    from headcount.chat.server.rooms import Rooms
    from headcount.chat.server.runner import Runner


class Place:
    """One server, as its endpoints see it."""

    def __init__(
        self, settings: ServerSettings, store: Store, runner: Runner, rooms: Rooms
    ) -> None:
        self.settings = settings
        self.store = store
        self.runner = runner
        self.rooms = rooms
        self.posting = Allowances(settings.hub.burst, settings.hub.rate, monotonic)
        """What an account may write over HTTP: as much as one connection may."""
        self.registering = Allowances(ACCOUNTS, ACCOUNTS_RATE, monotonic)
        """How many accounts may be made from one address."""
        self.logging_in = Places(LOGINS)
        """How many logins from one address are under way."""
        self.checked: tuple[float, bool] | None = None
        """When the database was asked last whether it answers, and whether it did."""
        self._began = time.monotonic()

    @property
    def uptime(self) -> float:
        """For how long it has been running, in seconds."""
        return time.monotonic() - self._began


def place_of(request: HTTPConnection) -> Place:
    """Return the server that a request came to."""
    return cast(Place, request.app.state.place)
