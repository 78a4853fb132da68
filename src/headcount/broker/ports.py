"""Ports: whether one is free, and which one is."""

from __future__ import annotations

import contextlib
import errno
import os
import socket

from headcount.errors import BadInputError, BrokerStartError, PortInUseError

_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def reachable(host: str) -> str:
    """Return the address at which this machine itself reaches what listens on `host`."""
    return _ANY.get(host, host)


def free_port(host: str) -> int:
    """Return a port nobody listens on at the moment.

    Raises:
        BadInputError: `host` is not an address of this machine.
    """
    return _bind(host, 0)


def require_free(host: str, port: int) -> None:
    """Make sure that a server could listen on a port.

    Raises:
        BadInputError: it is not a port, or `host` is not an address of this machine.
        PortInUseError: another program listens there.
        BrokerStartError: the port may not be used.
    """
    if not 0 < port < 65536:
        raise BadInputError(f"{port} is not a port: use 1 to 65535, or 0 for a free one")
    _bind(host, port)


def in_use(port: int) -> PortInUseError:
    """Return the error that says what to do about a port that is taken."""
    return PortInUseError(
        f"port {port} is used by another program, perhaps by a broker that runs already: "
        f"connect to that one (--broker mqtt://127.0.0.1:{port}), end it, "
        "or take a free port (--mqtt-port 0)"
    )


def _bind(host: str, port: int) -> int:
    try:
        family, *_, address = socket.getaddrinfo(
            host or "0.0.0.0", port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with contextlib.closing(socket.socket(family)) as sock:
            if os.name == "posix":  # as servers do; elsewhere it would let two share a port
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen()
            return int(sock.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise in_use(port) from error
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise BadInputError(
                f"{host!r} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all"
            ) from error
        raise BrokerStartError(
            f"cannot listen on {host}:{port}: {error.strerror}; use a port above 1023"
        ) from error
