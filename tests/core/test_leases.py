"""Leases: silence that counts only while one could hear."""

from __future__ import annotations

import pytest

from headcount.core.leases import Leases, remaining_after_link_up


def leases(*names: str, now: float = 100.0, length: float = 6.0) -> Leases:
    """Return leases that were all renewed at one time."""
    made = Leases()
    for name in names:
        made.renew(name, now, length)
    return made


def test_a_lease_ends_its_length_after_the_last_renewal() -> None:
    """Three heartbeats of silence end it, and not a moment less (R1)."""
    made = leases("a")
    made.renew("a", 103.0, 6.0)
    assert made.expired(108.999) == []
    assert made.expired(109.0) == ["a"]
    assert made.next_deadline() == 109.0


def test_renewing_twice_changes_nothing_more() -> None:
    """A repeated message, as QoS 1 allows, is one message."""
    once, twice = leases("a"), leases("a", "a")
    assert once.next_deadline() == twice.next_deadline()
    assert once.names() == twice.names() == ["a"]


def test_each_name_has_its_own_lease() -> None:
    """One who is heard does not speak for another."""
    made = leases("a", "b")
    made.renew("b", 104.0, 6.0)
    assert made.expired(107.0) == ["a"]
    assert made.expired(120.0) == ["a", "b"]


def test_a_stall_lengthens_every_lease_by_its_length() -> None:
    """Time in which the holder could not hear does not count (R1)."""
    made = leases("a", "b")
    made.stalled(10.0)
    assert made.expired(115.9) == []
    assert made.expired(116.0) == ["a", "b"]


@pytest.mark.parametrize(
    ("length", "unheard", "remaining"),
    [
        (6.0, 0.0, 6.0),
        (6.0, 5.0, 6.0),
        (6.0, 23.99, 6.0),
        (6.0, 24.0, 1.0),
        (6.0, 1e6, 1.0),
        (0.5, 2.0, 0.5),
        (0.5, 1.9, 0.5),
    ],
)
def test_what_is_left_when_the_link_comes_back(
    length: float, unheard: float, remaining: float
) -> None:
    """A whole lease; one second for who was unheard for four leases; never more than a lease."""
    assert remaining_after_link_up(length, unheard) == remaining


def test_link_up_starts_every_lease_anew() -> None:
    """Nobody is judged by what one's own dead link did not carry (R1)."""
    made = leases("a")
    made.link_up(120.0)
    assert made.expired(125.9) == []
    assert made.expired(126.0) == ["a"]
    made.link_up(124.0)
    assert made.expired(125.0) == ["a"]


def test_an_ended_lease_is_forgotten() -> None:
    """Who has left is neither waited for nor judged."""
    made = leases("a", "b")
    made.end("a")
    made.end("nobody")
    assert "a" not in made
    assert made.names() == ["b"]
    assert made.expired(1e9) == ["b"]
    made.end("b")
    assert made.next_deadline() is None
