"""What is counted while the server runs."""

from __future__ import annotations

from headcount.chat.server.figures import BOUNDS, Figures


def test_latencies_fall_into_buckets() -> None:
    """Each into the first whose bound it does not exceed; what is longer into the last."""
    figures = Figures()
    for seconds in (0.0, 0.001, 0.0011, 0.3, 60.0):
        figures.delivered(seconds, 0.0)
    assert sum(figures.buckets) == figures.counts["messages"] == 5
    assert figures.buckets[0] == 2
    assert figures.buckets[1] == 1
    assert figures.buckets[BOUNDS.index(0.5)] == 1
    assert figures.buckets[-1] == 1
    assert round(figures.latency, 4) == 60.3021


def test_messages_of_the_last_minute() -> None:
    """What is older counts no more, and is not kept."""
    figures = Figures()
    for now in range(120):
        figures.delivered(0.001, now + 0.5)
        figures.delivered(0.001, now + 0.6)
    assert figures.per_minute(119.9) == 120
    assert figures.per_minute(150.0) == 58
    assert figures.per_minute(1000.0) == 0
