"""What one's own instance has published: to know it when it comes back, and to clear it."""

from __future__ import annotations

from collections import Counter, deque

from headcount.sge.protocol import wire
from headcount.sge.protocol.wire import Heard, Publish, Word

STATES = 64
"""So many of the states told are remembered."""
MESSAGES = 1024
"""So many of the other messages."""
MAX_KEPT = 2000
"""So many topics are remembered as kept by the broker."""
_Key = tuple[str, object, object]


class Echoes:
    """The messages of one session that are one's own, and the topics that hold something."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        """The topics on which the broker keeps something, whoever wrote it."""
        self._states: deque[object] = deque(maxlen=STATES)
        self._messages: dict[_Key, None] = {}
        self._clears: Counter[str] = Counter()

    def sends(self, message: Publish) -> None:
        """Remember a message of one's own."""
        if message.retain:
            self._keep(message.topic, message.fields is not None)
        if message.fields is None:
            self._clears[message.topic] += 1
        elif message.topic.endswith(f"/{Word.STATE}"):
            self._states.append(message.fields)
        else:
            self._messages[_key(message.topic, message.fields)] = None
            if len(self._messages) > MESSAGES:
                del self._messages[next(iter(self._messages))]

    def hears(self, message: Heard) -> bool:
        """Take what was heard; return whether it is one's own."""
        topic = wire.topic(message.word, message.session_id, message.name)
        if message.word in wire.RETAINED:
            self._keep(topic, message.fields is not None)
        if message.fields is None:
            own = topic in self._clears
            self._clears -= Counter([topic])
            return own
        if message.word is Word.STATE:
            return message.fields in self._states
        return _key(topic, message.fields) in self._messages

    def reconnected(self) -> None:
        """Expect nothing back that was sent before."""
        self._clears.clear()

    def _keep(self, topic: str, kept: bool) -> None:
        if not kept:
            self.kept.discard(topic)
        elif len(self.kept) < MAX_KEPT:
            self.kept.add(topic)


def _key(topic: str, fields: wire.Fields) -> _Key:
    return topic, fields.get("clientId"), fields.get("timestamp")
