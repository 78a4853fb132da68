"""How much one account may write over HTTP."""

from __future__ import annotations

from headcount.chat.hub.settings import Settings
from headcount.chat.server import posting
from headcount.chat.server.posting import Posting


def test_a_burst_then_a_rate_for_each_account() -> None:
    """As one connection has them; others are not affected."""
    now = 0.0
    allowed = Posting(Settings(burst=3, rate=2.0), lambda: now)
    assert [allowed.take(1) for _ in range(5)] == [True, True, True, False, False]
    assert allowed.take(2)
    now = 1.0
    assert [allowed.take(1) for _ in range(3)] == [True, True, False]


def test_what_is_remembered_is_bounded() -> None:
    """Who was seen longest ago is forgotten first."""
    allowed = Posting(Settings(burst=1, rate=0.001), lambda: 0.0)
    assert allowed.take(0)
    assert not allowed.take(0)
    for account in range(1, posting._MOST + 1):
        allowed.take(account)
    assert allowed.take(0)
