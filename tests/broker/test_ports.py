"""Ports that are free, and ports that are not."""

from __future__ import annotations

import socket

import pytest

from headcount.broker import ports
from headcount.errors import BadInputError, PortInUseError


def test_a_free_port_can_be_listened_on() -> None:
    """A port that is called free is free."""
    port = ports.free_port("127.0.0.1")
    ports.require_free("127.0.0.1", port)
    socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", ""])
def test_a_port_that_is_taken(host: str) -> None:
    """A port somebody listens on is not free, however the address is written."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUseError):
        ports.require_free(host, taken.getsockname()[1])


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_number_that_is_no_port(port: int) -> None:
    """Only 1 to 65535 are ports."""
    with pytest.raises(BadInputError):
        ports.require_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_of_another_machine(host: str) -> None:
    """One can only listen on an address of this machine."""
    with pytest.raises(BadInputError, match=rf"'{host}' is no address of this machine"):
        ports.free_port(host)


@pytest.mark.parametrize(
    ("host", "reached_at"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("", "127.0.0.1"), ("192.0.2.1", "192.0.2.1")],
)
def test_where_a_server_is_reached(host: str, reached_at: str) -> None:
    """What listens everywhere is reached on the loopback."""
    assert ports.reachable(host) == reached_at
