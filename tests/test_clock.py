"""The clock that goes on during suspend."""

from __future__ import annotations

import sys
import time

import pytest

from headcount.clock import monotonic


def test_it_never_goes_back() -> None:
    """Each reading is at least the one before."""
    readings = [monotonic() for _ in range(1000)]
    assert readings == sorted(readings)


def test_it_runs_at_the_rate_of_the_monotonic_clock() -> None:
    """While the machine is awake both clocks count the same seconds."""
    begin = monotonic() - time.monotonic()
    deadline = time.monotonic() + 0.05
    while time.monotonic() < deadline:
        pass
    assert monotonic() - time.monotonic() == pytest.approx(begin, abs=0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has CLOCK_BOOTTIME")
def test_on_linux_it_is_the_one_that_counts_sleep() -> None:
    """CLOCK_BOOTTIME goes on during suspend, CLOCK_MONOTONIC does not (clock_gettime(2))."""
    assert monotonic() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=0.1)
