"""Stopping in good order: nothing new, what is being stored told, everybody told to come back."""

from __future__ import annotations

from headcount.chat.hub import closing
from headcount.chat.hub.context import Context
from headcount.chat.hub.effects import Stopped
from headcount.chat.hub.talk import Talk
from headcount.chat.wire.outgoing import Restarting

PATIENCE = 3.0
"""Seconds that messages being stored are waited for."""
SPREAD = 3.0
"""Seconds over which clients that understand it come back."""


class Stop:
    """The end of one hub.

    Args:
        context: what the parts of the hub share.
        talk: knows what is being stored.
    """

    def __init__(self, context: Context, talk: Talk) -> None:
        self._context = context
        self._talk = talk
        self._until: float | None = None
        self._stopped = False

    @property
    def stopping(self) -> bool:
        """Whether nobody is let in any more."""
        return self._until is not None

    def begin(self) -> None:
        """Accept nothing new."""
        if self._until is None:
            self._until = self._context.now + PATIENCE
            self._talk.stopping = True

    def tick(self) -> None:
        """Close everything, once all that was accepted is told, or that takes too long."""
        if self._until is None or self._stopped:
            return
        if self._talk.under_way and self._context.now < self._until:
            return
        self._stopped = True
        for connection in self._context.connections:
            after = round(self._context.rng.uniform(0.0, SPREAD), 3)
            self._context.send(connection, Restarting(after))
            self._context.drop(connection, closing.GOING_DOWN, "restarting")
        self._context.emit(Stopped())

    def next_deadline(self) -> float | None:
        """Return when waiting ends."""
        return None if self._stopped else self._until
