"""uvicorn inside our own loop: its socket taken first, its signals left to us."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, cast

import uvicorn

from headcount.chat.server.arrivals import Arrivals, Http
from headcount.chat.server.settings import ServerSettings
from headcount.chat.server.websocket import House, WebSocket
from headcount.errors import BadInputError, BrokerStartError, PortInUseError

_BACKLOG: Final = 4096
_AT_ONCE: Final = 100
"""Connections that are taken in within one turn: fewer than `_RESERVED`."""
_FILES: Final = 65_536
"""Files, connections among them, that this process wants to have open."""
_RESERVED: Final = 200
"""Of these, those that are no connections: without one nothing can be stored."""
_GRACE: Final = 3
"""Seconds that requests under way may take at the end."""
_LEAVE: Final = 1.0
"""Seconds for which clients may answer the close frame; what is closed before loses the frame."""
_STEP: Final = 0.02
_TLS: Final = 10.0
"""Seconds in which the parties must have agreed on TLS."""


class Listener:
    """An HTTP server on one socket.

    Args:
        settings: where, and with which certificate.
        app: what answers requests.
        house: what WebSockets belong to.

    Raises:
        BadInputError: certificate or key cannot be used.
    """

    def __init__(self, settings: ServerSettings, app: Any, house: House) -> None:
        config = uvicorn.Config(
            app,
            http=cast(type[asyncio.Protocol], _requests(settings)),
            ws=cast(type[asyncio.Protocol], _protocols(house)),
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_AT_ONCE,
            timeout_graceful_shutdown=_GRACE,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            raise BadInputError(
                f"the TLS certificate or its key cannot be used: {error}"
            ) from error
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self, sock: socket.socket) -> None:
        """Serve on a socket that listens; return once it does."""
        self._serving = asyncio.create_task(self._server.serve([sock]), name="headcount-http")
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
                raise BrokerStartError("the web server ended at once: look at its log")
            await asyncio.sleep(0.001)

    @property
    def _connections(self) -> Iterable[object]:
        return self._server.server_state.connections

    def refuse(self) -> None:
        """Accept no new connections."""
        for server in getattr(self._server, "servers", []):
            server.close()

    async def stop(self) -> None:
        """End requests under way, and the server; clients may take their leave first."""
        for _ in range(round(_LEAVE / _STEP)):
            if not any(isinstance(each, WebSocket) for each in self._connections):
                break
            await asyncio.sleep(_STEP)
        self._server.should_exit = True
        if self._serving is not None:
            await asyncio.wait({self._serving})


class _Server(uvicorn.Server):
    """A server whose process handles signals by itself, and that waits for no TLS for long."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, as uvicorn does; but asyncio's own patience with TLS is a minute."""
        config, loop = self.config, asyncio.get_running_loop()
        tls: dict[str, Any] = {}
        if config.ssl is not None:
            tls = {"ssl": config.ssl, "ssl_handshake_timeout": _TLS, "ssl_shutdown_timeout": _LEAVE}

        def protocol() -> asyncio.Protocol:
            make = cast(Callable[..., asyncio.Protocol], config.http_protocol_class)
            return make(config=config, server_state=self.server_state, app_state={})

        self.servers = []
        for sock in sockets or ():
            server = await loop.create_server(protocol, sock=sock, backlog=config.backlog, **tls)
            self.servers.append(server)
            sock.listen(_BACKLOG)  # asyncio takes one number for what may wait and for a turn
        self.started = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to a port.

    Raises:
        PortInUseError: another program has the port.
        BadInputError: `host` is no address of this machine.
        BrokerStartError: the port may not be used.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            host or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # With its protocol named, or asyncio leaves Nagle's delay on in what it accepts.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise _unbound(host, port, error) from error
    try:
        if os.name == "posix":  # elsewhere it would let two programs share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise _unbound(host, port, error) from error
    return sock


def open_files() -> int:
    """Let this process have as many files open as it wants and may; return how many that is."""
    if sys.platform == "win32":  # there connections are no files
        return _FILES
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return _FILES if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # some systems have a limit below the one that they tell
        return soft
    return wanted


def _unbound(host: str, port: int, error: OSError) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return PortInUseError(
            f"port {port} is used by another program: end it, or take another port "
            "(--http-port 0 takes a free one, --http-port none serves no page)"
        )
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return BadInputError(
            f"{host!r} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all"
        )
    return BrokerStartError(
        f"cannot listen on {host}:{port}: {error.strerror}; use a port above 1023"
    )


def _protocols(house: House) -> Callable[..., WebSocket]:
    def protocol(*, server_state: Any, **_: Any) -> WebSocket:
        return WebSocket(house, server_state.connections)

    return protocol


def _requests(settings: ServerSettings) -> Callable[..., Http]:
    # More than WebSockets, so that of a crowd those who are too many are told so by the hub.
    files = open_files()
    room = files - min(_RESERVED, files // 2)
    arrivals = Arrivals(2 * settings.hub.per_address, room, settings.proxies)

    def protocol(**given: Any) -> Http:
        return Http(arrivals, **given)

    return protocol
