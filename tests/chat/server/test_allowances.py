"""How much each of many may do."""

from __future__ import annotations

from headcount.chat.server.allowances import MOST, Allowances


def test_a_burst_then_a_rate_for_each() -> None:
    """Others are not affected."""
    now = 0.0
    allowed = Allowances(3, 2.0, lambda: now)
    assert [allowed.take(1) for _ in range(5)] == [True, True, True, False, False]
    assert allowed.take(2)
    now = 1.0
    assert [allowed.take(1) for _ in range(3)] == [True, True, False]


def test_what_is_remembered_is_bounded() -> None:
    """Who was seen longest ago is forgotten first."""
    allowed = Allowances(1, 0.001, lambda: 0.0)
    assert allowed.take(0)
    assert not allowed.take(0)
    for who in range(1, MOST + 1):
        allowed.take(who)
    assert allowed.take(0)
