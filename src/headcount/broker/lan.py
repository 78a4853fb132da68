"""The addresses by which other machines can reach this one."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Final

_OUTSIDE: Final = ("192.0.2.1", "192.168.255.254", "10.255.255.254", "172.31.255.254")
"""Addresses to ask a way to; nothing is sent there (192.0.2.1 belongs to nobody, RFC 5737)."""
_SIOCGIFADDR: Final = 0x8915
_CONTAINERS: Final = IPv4Network("172.16.0.0/12")
"""Where Docker puts its bridges: private too, but seldom the LAN."""


def lan_address() -> str | None:
    """Return the address that others on the LAN most likely reach this machine by, or None."""
    return next(iter(lan_addresses()), None)


def lan_addresses() -> list[str]:
    """Return this machine's IPv4 addresses that are no loopback, the likeliest first.

    The first is the one by which the machine itself leaves for the outside, if there is one;
    then private addresses, then others.
    """
    found = dict.fromkeys([*_by_route(), *_by_interface(), *_by_name()])
    usable = [address for address in found if not _is_inner(address)]
    routed = usable[:1] if usable and usable[0] in set(_by_route()) else []
    return routed + sorted(
        (address for address in usable if address not in routed), key=_unlikeliness
    )


def is_loopback(host: str) -> bool:
    """Tell whether what listens on `host` can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_any(host: str) -> bool:
    """Tell whether `host` stands for all addresses of this machine."""
    return host in ("", "0.0.0.0", "::")


def _unlikeliness(address: str) -> int:
    parsed = IPv4Address(address)
    if parsed in _CONTAINERS:
        return 1
    return 0 if parsed.is_private else 2


def _is_inner(address: str) -> bool:
    parsed = IPv4Address(address)
    return parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified


def _by_route() -> Iterator[str]:
    for outside in _OUTSIDE:
        with (
            contextlib.suppress(OSError),
            contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe,
        ):
            probe.connect((outside, 9))
            yield str(probe.getsockname()[0])


def _by_interface() -> Iterator[str]:
    if sys.platform != "linux":
        return
    import fcntl

    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                request = struct.pack("256s", name.encode()[:15])
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
                yield socket.inet_ntoa(answer[20:24])


def _by_name() -> Iterator[str]:
    with contextlib.suppress(OSError):
        for *_, place in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
            yield str(place[0])
