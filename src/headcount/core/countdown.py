"""Counting the seconds down, on every display by itself, from the state that says for how long."""

from __future__ import annotations

import math

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState


class Countdown:
    """What one display tells of a start to come."""

    def __init__(self, context: Context, session_id: str) -> None:
        self._context = context
        self._session_id = session_id
        self._next: tuple[float, int] | None = None

    def show(self, before: SessionState | None, state: SessionState) -> None:
        """Begin with a state that counts down; end with 0 at the start, None at a fall back."""
        was = before is not None and before.phase is Phase.STARTING
        if state.phase is Phase.STARTING and state.countdown is not None:
            if not was:
                self._say(math.ceil(state.countdown))
        elif was or self._next is not None:
            self._next = None
            seconds = 0 if state.phase is Phase.STARTED else None
            self._context.notify(e.CountdownTick(self._session_id, seconds))

    def tick(self) -> None:
        """Say the next number when its second has come."""
        if self._next is not None and self._context.now >= self._next[0]:
            self._say(self._next[1])

    def next_deadline(self) -> float | None:
        """Return when the next number is due."""
        return None if self._next is None else self._next[0]

    def _say(self, seconds: int) -> None:
        """Say how many seconds are left; 0 is said by the state that starts."""
        self._context.notify(e.CountdownTick(self._session_id, seconds))
        more = seconds > 1
        self._next = (self._context.now + 1.0, seconds - 1) if more else (math.inf, 0)
