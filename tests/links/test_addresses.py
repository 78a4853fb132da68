"""Reading broker URLs."""

from __future__ import annotations

import pytest

from headcount.errors import BadInputError
from headcount.links.addresses import Address, parse_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://127.0.0.1:1884", Address("127.0.0.1", 1884)),
        ("mqtt://localhost", Address("localhost", 1883)),
        (" mqtt://localhost/ ", Address("localhost", 1883)),
        ("MQTT://Broker.Example", Address("broker.example", 1883)),
        ("mqtts://broker.example", Address("broker.example", 8883, tls=True)),
        ("mqtt://[::1]", Address("::1", 1883)),
        ("mqtt://[fe80::1%25eth0]:7", Address("fe80::1%eth0", 7)),
        ("mqtt://bob@host", Address("host", 1883, user="bob")),
        ("mqtt://bob:@host", Address("host", 1883, user="bob", password="")),
        ("mqtt://b%40b:p%3A%2F%C3%A9@host:1", Address("host", 1, user="b@b", password="p:/é")),
    ],
)
def test_urls_are_read(url: str, address: Address) -> None:
    """Every part of a URL finds its place, with defaults for the ports."""
    assert parse_address(url) == address


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "must begin with mqtt://"),
        ("localhost", "must begin with mqtt://"),
        ("localhost:1883", "must begin with mqtt://"),
        ("http://localhost:1883", "must begin with mqtt://"),
        ("ws://localhost", "must begin with mqtt://"),
        ("mqtt://", "names no host"),
        ("mqtt://:1883", "names no host"),
        ("mqtt://my host", "names no host"),
        ("mqtt://host:0", "port must be a number"),
        ("mqtt://host:65536", "port must be a number"),
        ("mqtt://host:http", "port must be a number"),
        ("mqtt://[::1", "host is malformed"),
        ("mqtt://host/topic", "nothing may follow"),
        ("mqtt://host?x=1", "nothing may follow"),
        ("mqtt://:secret@host", "needs a user"),
    ],
)
def test_what_is_no_address_is_refused_with_advice(url: str, why: str) -> None:
    """The message says what is wrong and how an address is written."""
    with pytest.raises(BadInputError, match=why) as caught:
        parse_address(url)
    assert "write it like mqtt://" in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "mqtt://bob:secret@host:port",
        "mqtt://bob:secret@host/x",
        "mqtt://bob:secret/@host",
        "mqtt://bob:@secret@host:0",
        "mqtt://bob:secret",
        "mqtt:bob:secret@host",
        "bob:secret@host",
        "http://bob:secret@host",
        "mqtt://:secret@host",
    ],
)
def test_no_message_shows_a_password(url: str) -> None:
    """A password does not reach logs or screens, whatever else is wrong."""
    with pytest.raises(BadInputError) as caught:
        parse_address(url)
    assert "secret" not in str(caught.value)


def test_an_address_shows_no_credentials() -> None:
    """Neither `str` nor `repr` shows the password."""
    address = parse_address("mqtts://bob:secret@[::1]:7")
    assert str(address) == "mqtts://[::1]:7"
    assert "secret" not in repr(address)
