"""How much each of many may do."""

from __future__ import annotations

import contextlib

from headcount.chat.server.allowances import MOST, Allowances, Places


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


def test_so_many_places_at_a_time_for_each() -> None:
    """A place is free again at the end, however that comes."""
    places = Places(1)
    with places.take(1) as first, places.take(1) as second, places.take(2) as other:
        assert (first, second, other) == (True, False, True)
        assert places.taken == 2
    with contextlib.suppress(ValueError), places.take(1) as again:
        assert again
        raise ValueError
    with places.take(1) as still:
        assert still
