"""Buckets of tokens."""

from __future__ import annotations

from headcount.chat.hub.allowance import Allowance


def test_a_burst_and_then_so_many_a_second() -> None:
    """200 at once, then 100 a second."""
    bucket = Allowance(200, 0.0)
    assert sum(bucket.take(0.0, 200, 100.0) for _ in range(300)) == 200
    assert sum(bucket.take(0.5, 200, 100.0) for _ in range(300)) == 50


def test_a_bucket_never_holds_more_than_a_burst() -> None:
    """Silence is not saved up."""
    bucket = Allowance(5, 0.0)
    assert sum(bucket.take(1000.0, 5, 1.0) for _ in range(10)) == 5
