"""The chat's server, whole: store, hub, rooms, HTTP and WebSockets, from start to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from typing import Final

from headcount.broker import ports
from headcount.chat.server.app import build
from headcount.chat.server.listening import Listener, bound
from headcount.chat.server.place import Place
from headcount.chat.server.rooms import Lookout, Rooms
from headcount.chat.server.runner import Runner
from headcount.chat.server.settings import ServerSettings
from headcount.chat.store import Store
from headcount.connection import Broker
from headcount.errors import HeadcountError

_HOUSEKEEPING: Final = 600.0
"""Seconds between two rounds in which what is too old is deleted."""
_logger = logging.getLogger("headcount.chat")


class ChatServer:
    """A running server; made by `serving`."""

    def __init__(self, place: Place, port: int) -> None:
        self.place = place
        self.port = port
        """The port listened on."""

    @property
    def url(self) -> str:
        """The address of the page, on this machine."""
        settings = self.place.settings
        host = ports.reachable(settings.host)
        shown = f"[{host}]" if ":" in host else host
        return f"{settings.scheme}://{shown}:{self.port}"


@contextlib.asynccontextmanager
async def serving(
    settings: ServerSettings,
    broker: Broker | None = None,
    store: Store | None = None,
    sock: socket.socket | None = None,
    lookout: Lookout | None = None,
) -> AsyncIterator[ChatServer]:
    """Run a server, and stop it in good order at the end.

    Args:
        settings: what the operator chose.
        broker: a connection to the broker whose sessions are its rooms.
        store: an open store, instead of the one that the settings name.
        sock: the socket to listen on, from `bound`, instead of one that is bound here.
        lookout: knows the sessions of existing SGE instances, which are rooms too.

    Raises:
        BadInputError: a setting cannot be used.
        PortInUseError: another program has the port.
        StoreUnavailableError: the database cannot be used.
    """
    if sock is None:
        sock = bound(settings.host, settings.port)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(sock.close)
        if store is None:
            opened = Store.open(settings.data, settings.database, lease=settings.lease)
            store = await stack.enter_async_context(opened)
        runner = Runner(settings, store)
        rooms = Rooms(broker, runner, lookout)
        place = Place(settings, store, runner, rooms)
        listener = Listener(settings, build(place), runner)
        await listener.start(sock)
        following = asyncio.create_task(rooms.follow(), name="headcount-rooms")
        keeping = asyncio.create_task(_keep_house(place), name="headcount-housekeeping")
        server = ChatServer(place, sock.getsockname()[1])
        _logger.info("serving", extra={"url": server.url})
        try:
            yield server
        finally:
            _logger.info("stopping", extra={"connections": runner.transports})
            listener.refuse()
            await runner.stop()
            await listener.stop()
            for task in (following, keeping):
                task.cancel()
            await asyncio.gather(following, keeping, return_exceptions=True)


async def _keep_house(place: Place) -> None:
    """Delete what is too old, again and again."""
    retention = place.settings.retention
    while True:
        try:
            await place.store.logins.sweep()
            if retention is not None:
                deleted = await place.store.history.retain(max_age=retention)
                if deleted:
                    _logger.info("%d messages were too old and are deleted", deleted)
        except HeadcountError as error:
            _logger.warning("what is too old could not be deleted: %s", error)
        await asyncio.sleep(_HOUSEKEEPING)
