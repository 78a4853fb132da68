"""From an address to a connected socket, and to what secures it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from os import PathLike

from headcount.errors import BadInputError
from headcount.links.addresses import Address


async def dial(address: Address, timeout: float) -> socket.socket:
    """Return a connected, non-blocking TCP socket.

    A host name may have several addresses: each is tried in turn with an equal share of the
    time that is left, so that one that leads nowhere does not hide the others.

    Args:
        address: where to.
        timeout: for all of it, in seconds.

    Raises:
        OSError: what the last try ended with; `socket.gaierror` for an unknown name,
            `TimeoutError` when there was no answer.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    async with asyncio.timeout_at(deadline):
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for tried, (family, kind, protocol, _, place) in enumerate(found):
        share = (deadline - loop.time()) / (len(found) - tried)
        try:
            async with asyncio.timeout(share):
                return await _connected(socket.socket(family, kind, protocol), place)
        except OSError as error:  # TimeoutError is one
            failure = error
    raise failure


async def _connected(sock: socket.socket, place: object) -> socket.socket:
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, place)  # type: ignore[arg-type]
    except BaseException:
        sock.close()
        raise
    return sock


def tls_context(ca_file: str | PathLike[str] | None) -> ssl.SSLContext:
    """Return a context that trusts what the system trusts, and the authorities in `ca_file`.

    Raises:
        BadInputError: the file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise BadInputError(
                f"{ca_file} cannot be used as a certificate file: "
                f"{error.strerror or error}; give a PEM file of the broker's authority"
            ) from error
    return context
