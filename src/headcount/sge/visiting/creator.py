"""Whether the creator of a session of theirs lives, by one's own hearing.

What is retained tells by its own time how old it is, which is believed for the first look only, as
their own viewers do: clocks may be wrong. After that only what is said counts.
"""

from __future__ import annotations

from datetime import datetime

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Heard, Word

DOUBTS = 6.0
"""Seconds for which a creator that lives may contradict who declared its session closed: it tells
state and discovery every 5 s."""
NEVER = float("inf")


class Creator:
    """What is heard of it. Times are seconds on one monotonic clock.

    Args:
        now: the present moment.
    """

    def __init__(self, now: float) -> None:
        self.is_alive = False
        """Whether it showed so, once."""
        self.doubted_until = NEVER
        """When a closing of its session that it has not contradicted counts."""
        self._heard_at = now

    @property
    def silent_at(self) -> float:
        """When it counts as dead, unless it is heard before."""
        return self._heard_at + wire.SILENT

    @property
    def is_doubted(self) -> bool:
        """Whether somebody declared its session closed."""
        return self.doubted_until < NEVER

    def restart(self, now: float) -> None:
        """Take it for no longer silent than one could hear it."""
        self._heard_at = now

    def doubt(self, now: float) -> None:
        """Note that somebody declared its session closed."""
        self.doubted_until = min(self.doubted_until, now + DOUBTS)

    def heard(
        self, message: Heard, session: SGDistributedSession | None, now: float, utc: float
    ) -> None:
        """Take a message; `session` is the session as it was known before."""
        if message.retained:
            self.is_alive = self.is_alive or _is_fresh(message, utc)
        elif _is_beat(message, session):
            self.is_alive, self.doubted_until, self._heard_at = True, NEVER, now


def _is_beat(message: Heard, session: SGDistributedSession | None) -> bool:
    """Tell whether a message says that the creator has its session open just now.

    The seed says no such thing: a window that was closed goes on telling it.
    """
    told = wire.state_of(message)
    if told is not None:
        # Anybody may have written it; only a newer heartbeat is its creator's for sure.
        beats = session is None or told.last_heartbeat > session.last_heartbeat
        return beats and not told.is_closed()
    card = wire.card_of(message)
    if card is None:
        return False
    return session is None or card.creator_client_id == session.creator_client_id


def _is_fresh(message: Heard, utc: float) -> bool:
    """Tell whether what is retained is of now, by the time it tells."""
    told = wire.state_of(message)
    if told is not None:
        age = (datetime.fromtimestamp(utc) - told.last_heartbeat).total_seconds()
        return age < wire.SILENT and not told.is_closed()
    ahead = wire.ahead_of(message, utc) if message.word is Word.DISCOVERY else None
    return ahead is not None and ahead > -wire.SILENT
