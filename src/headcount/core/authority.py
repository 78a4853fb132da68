"""A host's fence: its authority rests on hearing its own heartbeat (rule R2)."""

from __future__ import annotations

from headcount.core.state import Timers

MARGIN = 1.0
"""Seconds by which a host stops before the first member's lease on it can end."""


class Authority:
    """How long a host may still act as one."""

    def __init__(self, timers: Timers) -> None:
        self._length = max(timers.lease - MARGIN, timers.lease / 2)
        self._sent: dict[int, float] = {}
        self._until: float | None = None

    def sent(self, seq: int, now: float) -> None:
        """Note when heartbeat `seq` left."""
        self._sent[seq] = now

    def heard(self, seq: int) -> bool:
        """Note that heartbeat `seq` came back; return whether it left on this connection."""
        at = self._sent.get(seq)
        if at is None:
            return False
        self._until = max(at + self._length, self._until or 0.0)
        self._sent = {s: t for s, t in self._sent.items() if s > seq}
        return True

    def suspend(self) -> None:
        """Rest on nothing until a heartbeat sent from now on is heard."""
        self._sent.clear()
        self._until = None

    def holds(self, now: float) -> bool:
        """Tell whether the host may act."""
        return self._until is not None and now <= self._until

    @property
    def until(self) -> float | None:
        """When the authority ends unless another heartbeat is heard, or None if there is none."""
        return self._until
