"""When a server is brought back, by a table."""

from __future__ import annotations

import pytest

from headcount.broker.deaths import Deaths


@pytest.mark.parametrize(
    ("times", "pauses"),
    [
        ([0.0], [0.05]),
        ([0.0, 1.0, 2.0, 3.0, 4.0], [0.05, 0.2, 0.8, 3.2, None]),
        ([0.0, 61.0, 122.0], [0.05, 0.05, 0.05]),
        ([0.0, 1.0, 2.0, 3.0, 62.0], [0.05, 0.2, 0.8, 3.2, 0.2]),
        ([0.0, 1.0, 2.0, 3.0, 59.0], [0.05, 0.2, 0.8, 3.2, None]),
    ],
)
def test_the_pause_grows_with_recent_deaths(times: list[float], pauses: list[float | None]) -> None:
    """Each death within a minute makes the pause four times as long; the fifth is the last."""
    deaths = Deaths()
    assert [deaths.record(time) for time in times] == pytest.approx(pauses)
