"""Topics: built and taken apart in one place.

Our topics carry ids only, never names, because some brokers drop a connection whose
topic holds a space (protocol reference, "Topics").
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

ANY = "+"
"""In a filter, stands for any one id."""

ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}\Z"
_ID = re.compile(ID_PATTERN)


class Kind(StrEnum):
    """The first level of a topic, which says what its messages are."""

    STATE = "session_state"
    CARD = "session_discovery"
    HEARTBEAT = "session_heartbeat"
    REQUEST = "session_request"
    REPLY = "session_reply"
    BEAT = "session_beat"
    PRESENCE = "session_presence"
    MESSAGE = "session_message"
    PROBE = "session_probe"


_BY_SESSION = {Kind.STATE, Kind.CARD, Kind.HEARTBEAT, Kind.REQUEST}
_BY_SESSION_AND_CLIENT = {Kind.REPLY, Kind.BEAT, Kind.MESSAGE}
_KINDS = {kind.value: kind for kind in Kind}

RETAINED = frozenset({Kind.STATE, Kind.CARD})
"""The only kinds that are published retained."""


def is_id(text: str) -> bool:
    """Tell whether `text` may stand in a topic as a session or client id."""
    return _ID.match(text) is not None


class Topic(NamedTuple):
    """A topic, or a filter when an id is `ANY`."""

    kind: Kind
    session_id: str | None = None
    client_id: str | None = None

    def text(self, root: str = "") -> str:
        """Return the topic as it goes on the wire, below the prefix `root` if one is given."""
        levels = [root] if root else []
        levels.append(self.kind.value)
        levels += [level for level in (self.session_id, self.client_id) if level is not None]
        return "/".join(levels)

    def matches(self, topic: Topic) -> bool:
        """Tell whether `topic` is one that this filter asks for."""
        return (
            self.kind is topic.kind
            and self.session_id in (ANY, topic.session_id)
            and self.client_id in (ANY, topic.client_id)
        )


def parse(text: str, root: str = "") -> Topic | None:
    """Return the topic that `text` names, or None when it is none of ours."""
    if root:
        if not text.startswith(root + "/"):
            return None
        text = text[len(root) + 1 :]
    first, *ids = text.split("/")
    kind = _KINDS.get(first)
    if kind is None or not all(is_id(level) for level in ids):
        return None
    if kind in _BY_SESSION and len(ids) == 1:
        return Topic(kind, ids[0])
    if kind in _BY_SESSION_AND_CLIENT and len(ids) == 2:
        return Topic(kind, ids[0], ids[1])
    if kind is Kind.PRESENCE and len(ids) == 1:
        return Topic(kind, None, ids[0])
    if kind is Kind.PROBE and not ids:
        return Topic(kind)
    return None
