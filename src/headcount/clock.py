"""The clock of this machine: seconds that never go back and go on while it sleeps.

A lid that was closed for ten minutes must look like ten minutes of silence, not like none
(design 3.4). Where no clock is known to go on, `time.monotonic` has to do.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


def _monotonic() -> Callable[[], float]:
    if sys.platform == "linux":
        boottime = time.CLOCK_BOOTTIME
        return lambda: time.clock_gettime(boottime)
    if sys.platform == "darwin":
        # `time.monotonic` stands still during sleep there; this clock does not (clock_gettime(3)).
        continuous = time.CLOCK_MONOTONIC
        return lambda: time.clock_gettime(continuous)
    return time.monotonic


monotonic: Callable[[], float] = _monotonic()
"""Return the seconds since some moment in the past, suspend included."""
