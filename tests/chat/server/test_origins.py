"""Which pages may open a WebSocket."""

from __future__ import annotations

import pytest

from headcount.chat.server.origins import Origins
from headcount.errors import BadInputError

NAMED = Origins.parse(["https://Desk.example/", "app://desk", "http://localhost:5173"])


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "chat.example", True),
        ("https://chat.example", "chat.example", True),
        ("https://chat.example", "chat.example:443", True),
        ("http://chat.example:80", "chat.example", True),
        ("http://192.168.1.20:8080", "192.168.1.20:8080", True),
        ("http://[::1]:8080", "[::1]:8080", True),
        ("http://chat.example:8080", "chat.example", False),
        ("https://chat.example.evil.example", "chat.example", False),
        ("https://evil.example", "chat.example", False),
        ("ftp://chat.example", "chat.example", False),
        ("null", "chat.example", False),
        ("", "chat.example", False),
        ("https://chat.example", None, False),
        ("https://", "", False),
        ("http://[", "[", True),
        ("http://[", "chat.example", False),
        ("https://desk.example", "chat.example", True),
        ("https://DESK.example", "chat.example", True),
        ("http://desk.example", "chat.example", False),
        ("app://desk", "chat.example", True),
        ("http://localhost:5173", "chat.example", True),
        ("http://localhost:5174", "chat.example", False),
    ],
)
def test_its_own_page_and_those_that_are_named(
    origin: str | None, host: str | None, allowed: bool
) -> None:
    """And what is no browser, which names none."""
    assert NAMED.allows(origin, host) is allowed


def test_all_or_pages_without_an_origin() -> None:
    """Where an operator says so."""
    assert Origins.parse(["*"]).allows("https://evil.example", "x")
    assert Origins.parse(["null"]).allows("null", "x")
    assert not Origins.parse(["null"]).allows("https://evil.example", "x")
    assert not Origins.parse([]).allowed


@pytest.mark.parametrize(
    "text", ["", "desk.example", "https://desk.example/path", "https://", "x:"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """At the start, with an example of one."""
    with pytest.raises(BadInputError, match="https://example"):
        Origins.parse([text])
