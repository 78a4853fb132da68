"""The addresses of this machine."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from headcount.broker.lan import is_any, is_loopback, lan_address, lan_addresses


def test_no_address_is_a_loopback_and_none_comes_twice() -> None:
    """Only addresses others can use are given, each once."""
    found = lan_addresses()
    assert len(set(found)) == len(found)
    assert not any(ip_address(address).is_loopback for address in found)
    assert lan_address() == (found[0] if found else None)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.20", False),
        ("broker.example", False),
    ],
)
def test_loopback_is_known(host: str, loopback: bool) -> None:
    """What listens on the loopback is reached from this machine only."""
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(("host", "every"), [("0.0.0.0", True), ("::", True), ("10.0.0.1", False)])
def test_any_address_is_known(host: str, every: bool) -> None:
    """Some addresses stand for all of this machine's."""
    assert is_any(host) is every
