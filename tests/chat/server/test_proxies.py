"""For whom a request comes: as far as those who say it are trusted."""

from __future__ import annotations

import pytest

from headcount.chat.server.proxies import Proxies, is_loopback
from headcount.errors import BadInputError

ONE = ["127.0.0.1"]
TWO = ["127.0.0.1", "10.0.0.0/8", "::1"]


@pytest.mark.parametrize(
    ("trusted", "peer", "headers", "client"),
    [
        ([], "127.0.0.1", ["203.0.113.1"], "127.0.0.1"),
        (ONE, "198.51.100.7", ["203.0.113.1"], "198.51.100.7"),
        (ONE, "127.0.0.1", ["203.0.113.1"], "203.0.113.1"),
        (ONE, "127.0.0.1", ["1.2.3.4, 203.0.113.1"], "203.0.113.1"),
        (ONE, "127.0.0.1", ["1.2.3.4", "203.0.113.1"], "203.0.113.1"),
        (ONE, "127.0.0.1", ["203.0.113.1, 10.1.2.3"], "10.1.2.3"),
        (TWO, "127.0.0.1", ["203.0.113.1, 10.1.2.3"], "203.0.113.1"),
        (TWO, "127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        (ONE, "127.0.0.1", [], "127.0.0.1"),
        (ONE, "127.0.0.1", [""], "127.0.0.1"),
        (ONE, "127.0.0.1", ["evil"], "127.0.0.1"),
        (ONE, "127.0.0.1", ["evil, 203.0.113.1:4711"], "203.0.113.1"),
        (ONE, "127.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        (ONE, "127.0.0.1", ["2001:DB8::1"], "2001:db8::1"),
        (ONE, "::ffff:127.0.0.1", ["203.0.113.1"], "203.0.113.1"),
        (TWO, "::1", ["203.0.113.1"], "203.0.113.1"),
        (ONE, "", ["203.0.113.1"], ""),
    ],
)
def test_the_last_address_that_is_not_a_trusted_proxy(
    trusted: list[str], peer: str, headers: list[str], client: str
) -> None:
    """From the right; what a client has written itself stands further left."""
    assert Proxies.parse(trusted).client(peer, headers) == client


@pytest.mark.parametrize("text", ["", "proxy", "10.0.0.0/99", "1.2.3"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """At the start."""
    with pytest.raises(BadInputError, match="proxy"):
        Proxies.parse([text])


def test_this_machine() -> None:
    """In both families, and written as the one in the other."""
    assert [is_loopback(a) for a in ("127.0.0.1", "::1", "::ffff:127.0.0.5")] == [True] * 3
    assert [is_loopback(a) for a in ("10.0.0.1", "", "localhost")] == [False] * 3
