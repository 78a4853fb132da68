"""How much one connection may send: a burst, then so many a second, of each kind of frame."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Allowance:
    """A bucket of tokens that fills with time.

    Args:
        left: how many frames may be sent at once now.
        at: since when, in seconds.
    """

    left: float
    at: float

    def take(self, now: float, burst: int, rate: float) -> bool:
        """Take one token, if there is one, and tell whether there was.

        Args:
            now: the time, in seconds.
            burst: how many tokens there are at most.
            rate: how many come a second.
        """
        self.left = min(burst, self.left + (now - self.at) * rate)
        self.at = now
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True
