"""Reading what is retained on a topic, so that "nothing" is an answer one can rely on.

MQTT has no way to say that a topic is empty. One subscribes again and says one's own birth;
the broker sends what is retained before it hands that birth back. A message may be lost, so
"nothing" needs several rounds that agree (rule R4).
"""

from __future__ import annotations

from headcount.core.context import Context
from headcount.core.topics import Topic

TRIES = 3


class Reading:
    """One reading of one topic, under way or over."""

    def __init__(self, context: Context, topic: Topic) -> None:
        self._context = context
        self._topic = topic
        self._tries = 0
        self._found = False
        self._mark = self._ask()

    def found(self) -> None:
        """Note that something retained came."""
        self._found = True

    def over(self) -> bool:
        """Tell whether the answer is known; asks again where one round is not enough."""
        if not self._context.hearing.passed(self._mark):
            return False
        if self._found or self._tries >= TRIES:
            return True
        self._mark = self._ask()
        return False

    def _ask(self) -> int:
        self._tries += 1
        self._context.ask_again(self._topic)
        return self._context.barrier()
