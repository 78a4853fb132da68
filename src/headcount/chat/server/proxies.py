"""Who a request comes from: the peer itself, unless that is a proxy the operator trusts.

Anybody can write `X-Forwarded-For`. It is read only where the peer is a trusted proxy, from
the right, and only as far as those who wrote it are trusted too.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from headcount.errors import BadInputError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that are trusted; made by `parse`."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Proxies:
        """Return the proxies that an operator named by address or network.

        Raises:
            BadInputError: one is neither.
        """
        networks = []
        for text in texts:
            try:
                networks.append(ipaddress.ip_network(text.strip(), strict=False))
            except ValueError as error:
                raise BadInputError(
                    f"{text!r} is no address of a proxy: give one such as 127.0.0.1 or 10.0.0.0/8"
                ) from error
        return cls(tuple(networks))

    def trusts(self, address: str) -> bool:
        """Tell whether what comes from an address may say for whom it comes."""
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self.networks)

    def client(self, peer: str, forwarded_for: Iterable[str]) -> str:
        """Return the address of the client.

        Args:
            peer: the address at the other end of the socket.
            forwarded_for: the values of all `X-Forwarded-For` headers, in order.
        """
        if not self.trusts(peer):
            return peer
        client = peer
        hops = [hop.strip() for value in forwarded_for for hop in value.split(",")]
        for hop in reversed(hops):
            parsed = _parsed(_without_port(hop))
            if parsed is None:
                break
            client = str(parsed)
            if not self.trusts(client):
                break
        return client


def is_loopback(address: str) -> bool:
    """Tell whether an address is this machine's own."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def _without_port(hop: str) -> str:
    """Return an address of `address`, `address:port`, or `[address]:port`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
