"""uvicorn's HTTP, for clients that finish what they begin: nothing half done stays for ever.

uvicorn itself waits without end for a request of which only a part has come, and takes in as
many connections as there are. What is relied on of it, beside its public methods: `conn`, `loop`,
`connections`, `client`, `transport`, `timeout_keep_alive_task`, and `handle_websocket_upgrade`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from headcount.chat.server.proxies import Proxies
from headcount.chat.store.throttle import network

REQUEST: Final = 10.0
"""Seconds in which a request must be whole, its body included."""
READING: Final = 30.0
"""Seconds for which a client may leave an answer unread."""
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n"
    b"Retry-After: 10\r\nConnection: close\r\n\r\n"
)


class Arrivals:
    """The connections that are no WebSockets, or not yet: the hub counts those that are.

    Args:
        most: how many one address may have; a trusted proxy's stand for many clients.
        room: how many there may be in all, WebSockets included.
        proxies: the proxies that are trusted.
    """

    def __init__(self, most: int, room: int, proxies: Proxies) -> None:
        self._most = most
        self._room = room
        self._proxies = proxies
        self._here: Counter[str] = Counter()

    def come(self, address: str, there: int) -> bool:
        """Take in a connection, unless there are too many; return whether it was.

        Args:
            address: where it comes from.
            there: how many there are in all, this one included.
        """
        if there > self._room:
            return False
        near = network(address)
        if self._here[near] >= self._most and not self._proxies.trusts(address):
            return False
        self._here[near] += 1
        return True

    def go(self, address: str) -> None:
        """Note that one of an address's connections is gone, or a WebSocket now."""
        near = network(address)
        self._here[near] -= 1
        if not self._here[near]:
            del self._here[near]


class Http(H11Protocol):
    """One connection until it is closed, or a WebSocket.

    Args:
        arrivals: all connections that there are.
        given: what uvicorn gives.
    """

    def __init__(self, arrivals: Arrivals, **given: Any) -> None:
        super().__init__(**given)
        self._arrivals = arrivals
        self._address: str | None = None
        self._request: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, and have the first request awaited."""
        super().connection_made(transport)
        address = self.client[0] if self.client is not None else ""
        if not self._arrivals.come(address, len(self.connections)):
            transport.write(_FULL)
            transport.close()
            return
        self._address = address
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request, or several."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on with the next request, of which a part may be there already."""
        super().on_response_complete()
        self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand over to the WebSocket."""
        self._leave()
        super().handle_websocket_upgrade(event)

    def shutdown(self) -> None:
        """End after what is being answered; a request that is not whole will not be."""
        if self.conn.their_state is h11.SEND_BODY:
            self.transport.abort()
        else:
            super().shutdown()

    def pause_writing(self) -> None:
        """Wait until the client has read, but not for ever."""
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(READING, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _watch(self) -> None:
        """Have the rest of a request awaited for so long and no longer.

        After an answer uvicorn itself waits for the next request, and closes sooner.
        """
        unfinished = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if self._address is None or not unfinished or self.timeout_keep_alive_task is not None:
            self._unwatch()
        elif self._request is None:
            self._request = self.loop.call_later(REQUEST, self.transport.abort)

    def _unwatch(self) -> None:
        if self._request is not None:
            self._request.cancel()
            self._request = None

    def _leave(self) -> None:
        self._unwatch()
        if self._reading is not None:
            self._reading.cancel()
        address, self._address = self._address, None
        if address is not None:
            self._arrivals.go(address)
