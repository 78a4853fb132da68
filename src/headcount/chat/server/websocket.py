"""One WebSocket: bytes of the transport to frames of the hub, and the other way round.

Given to uvicorn as its `ws` class. Frames go straight to the hub and what the hub says
straight to the transport: the way through ASGI, with a task, a queue and several awaits for
each connection and frame, costs more than everything else together. The protocol itself is
that of `websockets`, without compression. What is relied on of uvicorn (0.52.1 to 0.54): its
`ws` class is called with `config`, `server_state` and `app_state`, gets `connection_made` and
the request through `data_received`, and `shutdown` for each in `server_state.connections`.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Any, Final, Protocol, cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN, SEND_EOF
from websockets.server import ServerProtocol

from headcount.chat.hub.inputs import Language
from headcount.chat.server.backlogs import UNNOTICED, Backlogs
from headcount.chat.server.frames import PING
from headcount.chat.server.hosts import Hosts
from headcount.chat.server.languages import language_of
from headcount.chat.server.origins import Origins
from headcount.chat.server.proxies import Proxies

PATHS: Final = ("/", "/ws", "/ws/")
LINGER: Final = 2.0
"""Seconds for which a client may take its leave after a close frame, before it is cut off."""
SLICE: Final = 16_384
"""Bytes of one client that are looked at before others have their turn."""
FAREWELL: Final = 1 << 16
"""Bytes in which a client that was told to go may answer; what comes after is not read."""
GOING_AWAY: Final = 1012

_logger = logging.getLogger("headcount.chat.websocket")
_FRAMES: Final = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


class House(Protocol):
    """What connections belong to."""

    hosts: Hosts
    origins: Origins
    proxies: Proxies
    longest_frame: int
    """The most a client's message may hold, in bytes."""
    backlogs: Backlogs
    """What waits for those who read too slowly."""

    @property
    def is_open(self) -> bool:
        """Whether anybody is let in."""

    def opened(self, socket: WebSocket, address: str, language: Language) -> str:
        """Take in a connection; return its id."""

    def received(self, id: str, payload: bytes) -> None:
        """Take in what a client said."""

    def alive(self, id: str) -> None:
        """Note a sign of life."""

    def closed(self, id: str) -> None:
        """Note that a connection is gone."""

    def dropped(self) -> None:
        """Note that a client was cut off since it did not read."""


class WebSocket(asyncio.Protocol):
    """One connection.

    Args:
        house: what it belongs to.
        connections: where uvicorn looks for whom to shut down.
    """

    __slots__ = (
        "_closing",
        "_connections",
        "_heeded",
        "_house",
        "_id",
        "_linger",
        "_partial",
        "_protocol",
        "_transport",
        "_unread",
    )

    def __init__(self, house: House, connections: set[Any]) -> None:
        self._house = house
        self._connections = connections
        self._id: str | None = None
        self._closing = False
        self._heeded = 0
        self._linger: asyncio.TimerHandle | None = None
        self._partial: bytearray | None = None
        self._protocol = ServerProtocol(max_size=house.longest_frame, logger=_logger)
        self._transport: asyncio.Transport
        self._unread = bytearray()

    # --- what the hub wants ------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send bytes that are whole frames; cut off who has let too much wait already."""
        if self._closing:
            return
        waiting = self._transport.get_write_buffer_size()
        if waiting <= UNNOTICED or self._house.backlogs.bears(self, waiting):
            self._transport.write(data)

    @property
    def waiting(self) -> int:
        """Bytes that were sent, and that the client has not read yet."""
        return self._transport.get_write_buffer_size()

    def cut_off(self) -> None:
        """End a client that reads too slowly; nothing more reaches it."""
        self._closing = True
        self._house.dropped()
        self._transport.abort()

    def ping(self) -> None:
        """Ask for a sign of life."""
        self.write(PING)

    def close(self, code: int, reason: str) -> None:
        """Take one's leave; nothing is sent after that."""
        if self._closing:
            return
        self._id = None
        if self._protocol.state is OPEN:
            self._protocol.send_close(code, reason)
        self._send()
        self._end_soon()

    # --- what happens to the transport -------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Take in what comes: at once, or in parts where it is so much that others would wait."""
        if len(data) <= SLICE and not self._unread:
            self._take(data)
            return
        going_on = bool(self._unread)
        self._unread += data
        if not going_on:
            self._transport.pause_reading()
            self._go_on()

    def eof_received(self) -> bool:
        """Nothing more will come: the transport is closed."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """End."""
        self._closing = True
        self._connections.discard(self)
        self._house.backlogs.forget(self)
        if self._linger is not None:
            self._linger.cancel()
        self._gone()

    def shutdown(self) -> None:
        """Close at once, as uvicorn asks for when it ends."""
        self.close(GOING_AWAY, "restarting")
        self._gone()
        self._transport.close()

    # --- inside ------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        """Take in the request first, then frames."""
        if self._closing and not self._protocol.eof_sent:
            self._heeded += len(data)
            if self._heeded > FAREWELL:
                self._transport.pause_reading()
                return
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._requested(event)
            elif isinstance(event, Frame):
                self._framed(event)
        self._send()
        if self._protocol.close_expected():
            self._gone()
            self._end_soon()

    def _go_on(self) -> None:
        """Look at the next part of what has come, and read on once that is all."""
        if self._transport.is_closing():
            return
        self._take(bytes(self._unread[:SLICE]))
        del self._unread[:SLICE]
        if self._unread:
            asyncio.get_running_loop().call_soon(self._go_on)
        elif self._heeded <= FAREWELL:
            self._transport.resume_reading()

    def _requested(self, request: Request) -> None:
        refusal = self._refusal(request)
        if refusal is None:
            response = self._protocol.accept(request)
        else:
            response = self._protocol.reject(refusal, f"{refusal.phrase}\n")
        self._protocol.send_response(response)
        self._send()
        if self._protocol.state is OPEN:
            peer = self._transport.get_extra_info("peername")
            address = self._house.proxies.client(
                str(peer[0]) if isinstance(peer, tuple) and peer else "",
                request.headers.get_all("X-Forwarded-For"),
            )
            language = language_of(_first(request, "Accept-Language"))
            self._id = self._house.opened(self, address, language)
            if self._closing:
                self._id = None

    def _refusal(self, request: Request) -> HTTPStatus | None:
        if request.path.partition("?")[0] not in PATHS:
            return HTTPStatus.NOT_FOUND
        origins = request.headers.get_all("Origin")
        host = _first(request, "Host")
        if len(origins) > 1 or not self._house.origins.allows(_first(request, "Origin"), host):
            return HTTPStatus.FORBIDDEN
        if not self._house.hosts.know(host):
            return HTTPStatus.MISDIRECTED_REQUEST
        return None if self._house.is_open else HTTPStatus.SERVICE_UNAVAILABLE

    def _framed(self, frame: Frame) -> None:
        if self._id is None:
            return
        if frame.opcode is Opcode.CLOSE:
            self._gone()
        elif frame.opcode not in _FRAMES:
            self._house.alive(self._id)
        elif frame.fin and self._partial is None:
            self._house.received(self._id, bytes(frame.data))
        else:
            self._gather(self._id, frame)

    def _gather(self, id: str, frame: Frame) -> None:
        """Put a message together that comes in pieces; the protocol has limited its size."""
        if self._partial is None:
            self._partial = bytearray()
        self._partial += frame.data
        if frame.fin:
            whole, self._partial = bytes(self._partial), None
            self._house.received(id, whole)
        else:
            self._house.alive(id)

    def _send(self) -> None:
        for data in self._protocol.data_to_send():
            if self._transport.is_closing():
                return
            if data != SEND_EOF:
                self.write(data)  # pongs too: who never reads may have them wait no longer
            elif self._transport.can_write_eof():
                self._transport.write_eof()
            else:
                self._transport.close()

    def _gone(self) -> None:
        id, self._id = self._id, None
        if id is not None:
            self._house.closed(id)

    def _end_soon(self) -> None:
        """Let the client read the close frame, and cut it off when it does not go."""
        self._closing = True
        if self._linger is None and not self._transport.is_closing():
            loop = asyncio.get_running_loop()
            self._linger = loop.call_later(LINGER, self._transport.abort)


def _first(request: Request, name: str) -> str | None:
    values = request.headers.get_all(name)
    return values[0] if values else None
