"""How often one may fail to log in. No clock, no I/O: `now` is given, in monotonic seconds.

What fails is counted in two places, by where it came from:

- for each account **and** address: ten failures at once, then one in ten seconds;
- for each address, whatever the account: a hundred at once, then one a second, so that a class
  behind one address has room, and one password cannot be tried on all accounts.

There is no count for an account alone: with it, a stranger anywhere could lock somebody out.
A login that succeeds is never counted, and forgives what that account failed from that address.
Many addresses that guess together are slowed down by the number of passwords checked at once.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

MOST_KEPT: Final = 20_000
"""Counts that are kept; beyond it, what was touched longest ago is forgotten."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many failures at once, and how many seconds until one of them is forgotten."""

    failures: int
    forgotten: float


PAIR: Final = Allowance(10, 10.0)
ADDRESS: Final = Allowance(100, 1.0)


class LoginThrottle:
    """Failed logins of late.

    Arguments:
        pair: what one account may fail from one address.
        address: what all accounts together may fail from one address.
        most: counts that are kept.
    """

    def __init__(
        self, pair: Allowance = PAIR, address: Allowance = ADDRESS, most: int = MOST_KEPT
    ) -> None:
        self._pair = pair
        self._address = address
        self._most = most
        self._counts: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()

    def wait(self, account: str, address: str, now: float) -> float:
        """Return the seconds until this account may be tried from this address; 0 is at once."""
        near = network(address)
        return max(
            self._wait((near, account), self._pair, now), self._wait((near,), self._address, now)
        )

    def failed(self, account: str, address: str, now: float) -> None:
        """Take note of a wrong password, or of an account that is not there."""
        near = network(address)
        self._add((near, account), self._pair, now)
        self._add((near,), self._address, now)

    def succeeded(self, account: str, address: str) -> None:
        """Take note of a right password."""
        self._counts.pop((network(address), account), None)

    def __len__(self) -> int:
        return len(self._counts)

    def _wait(self, key: tuple[str, ...], allowance: Allowance, now: float) -> float:
        excess = self._level(key, allowance, now) - (allowance.failures - 1)
        return max(0.0, excess * allowance.forgotten)

    def _level(self, key: tuple[str, ...], allowance: Allowance, now: float) -> float:
        level, at = self._counts.get(key, (0.0, now))
        return max(0.0, level - (now - at) / allowance.forgotten)

    def _add(self, key: tuple[str, ...], allowance: Allowance, now: float) -> None:
        self._counts[key] = (self._level(key, allowance, now) + 1, now)
        self._counts.move_to_end(key)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)


def network(address: str) -> str:
    """Return what one household or machine has of addresses: all of IPv4, the first /64 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(parsed), 64), strict=False))
