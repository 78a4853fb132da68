"""What sessions have left on a broker, and which of them still live.

Everything retained that may be cleared is in `PATTERNS`, and nothing else ever is: our own
topics, and those of existing SGE instances.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from headcount.cli.ear import Ear, Heard
from headcount.core.codec import decode, encode
from headcount.core.events import Malformed
from headcount.core.messages import Card, Probe
from headcount.core.state import SessionState
from headcount.core.topics import Kind
from headcount.sge.protocol import wire

PROBE_AGAIN: Final = 0.3
ANSWERS: Final = 1.0
"""Seconds that a host has to answer the last probe."""
MOST_HEARTBEAT: Final = 30.0
"""The longest heartbeat interval that is waited for, in seconds."""
_SLACK: Final = 0.5
_ID: Final = r"(?P<id>[A-Za-z0-9_-]{1,64})"
_ANY_ID: Final = r"(?P<id>[^/]+)"
_ANY_NAME: Final = r"[^/]+"


@dataclass(frozen=True)
class Pattern:
    """A kind of topic that sessions use, such as `session_state/{id}`.

    `retained` tells that what is retained there belongs to a session and may be cleared with
    it; anything published live on it is a sign of life, whatever it says. `old` topics are those
    of existing SGE instances, whose ids are any text and which know no root.
    """

    template: str
    retained: bool = False
    old: bool = False

    def filter(self, root: str) -> str:
        """Return the filter to subscribe to."""
        return self._under(root).replace("{id}", "+").replace("{name}", "+")

    def session_id(self, topic: str, root: str) -> str | None:
        """Return the id of the session that `topic` belongs to, or None if it is another's."""
        written = re.escape(self._under(root))
        written = written.replace(re.escape("{id}"), _ANY_ID if self.old else _ID)
        match = re.fullmatch(written.replace(re.escape("{name}"), _ANY_NAME), topic)
        return None if match is None else match["id"]

    def _under(self, root: str) -> str:
        return f"{root}/{self.template}" if root else self.template


PATTERNS: Final = (
    Pattern("session_state/{id}", retained=True),
    Pattern("session_discovery/{id}", retained=True),
    Pattern("session_heartbeat/{id}"),
    *(
        Pattern(
            wire.topic(word, "{id}", "{name}" if word in wire.NAMED else ""),
            retained=True,
            old=True,
        )
        for word in (*sorted(wire.RETAINED), wire.Word.REGISTRATION)  # once retained, too (S7)
    ),
)


class Stale(NamedTuple):
    """One retained topic of a session that nobody hosts."""

    topic: str
    session_id: str
    why: str


class Survey:
    """A look at a broker through `ear`, which goes on listening afterwards."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._retained: dict[str, Heard] = {}
        self._ids: dict[str, str] = {}
        self._alive: set[str] = set()
        self._patterns = [pattern for pattern in PATTERNS if not (pattern.old and ear.root)]
        ear.listener = self._heard

    async def look(self) -> bool:
        """Read what is retained and ask who lives; tell whether the broker answered.

        Raises:
            NoBrokerError: the connection was lost.
        """
        ear = self._ear
        filters = [pattern.filter(ear.root) for pattern in self._patterns]
        if not await ear.subscribe(list(dict.fromkeys(filters))):
            return False
        await self._ask()
        interval = max((self._heartbeat(heard) for heard in self._retained.values()), default=0.0)
        if self._retained:
            await asyncio.sleep(max(ANSWERS, min(interval, MOST_HEARTBEAT) + _SLACK))
        return await ear.settle()

    async def look_again(self) -> bool:
        """Ask once more who lives, right before something is cleared."""
        await self._ask()
        await asyncio.sleep(ANSWERS)
        return await self._ear.settle()

    def stale(self) -> list[Stale]:
        """Return the retained topics of sessions without a sign of life, sorted."""
        return [
            Stale(topic, session_id, _why(heard, self._ear.root))
            for topic, heard in sorted(self._retained.items())
            if (session_id := self._ids[topic]) not in self._alive
        ]

    def is_cleared(self, topic: str) -> bool:
        """Tell whether nothing is retained on `topic` any more."""
        return topic not in self._retained

    async def clear(self, topics: list[Stale]) -> None:
        """Clear these topics, and wait until the broker has told that they are empty."""
        for each in topics:
            if each.session_id not in self._alive:
                self._ear.connection.publish(each.topic, b"", retain=True)
        wanted = [each for each in topics if each.session_id not in self._alive]
        await self._ear.until(lambda: all(self.is_cleared(each.topic) for each in wanted))

    async def _ask(self) -> None:
        probe = encode(Probe(self._ear.client_id))
        topic = self._ear.topic(Kind.PROBE)
        self._ear.connection.publish(topic, probe)
        await asyncio.sleep(PROBE_AGAIN)
        self._ear.connection.publish(topic, probe)

    def _heard(self, heard: Heard) -> None:
        for pattern in self._patterns:
            session_id = pattern.session_id(heard.topic, self._ear.root)
            if session_id is None or (pattern.old and heard.payload and not _is_old(heard)):
                continue
            if not heard.payload:
                self._retained.pop(heard.topic, None)
            elif not heard.retained:
                self._alive.add(session_id)
            elif pattern.retained:
                self._retained[heard.topic] = heard
                self._ids[heard.topic] = session_id

    def _heartbeat(self, heard: Heard) -> float:
        read = decode(heard.topic, heard.payload, True, self._ear.root)
        if isinstance(read, Malformed):
            return wire.STATE_EVERY
        return read.body.timers.heartbeat if isinstance(read.body, SessionState) else 0.0


def _is_old(heard: Heard) -> bool:
    """Tell whether a message is of an existing SGE instance."""
    read = wire.read(heard.topic, heard.payload, heard.retained)
    return read is not None and wire.is_theirs(read)


def _why(heard: Heard, root: str) -> str:
    read = decode(heard.topic, heard.payload, True, root)
    if isinstance(read, Malformed):
        if _is_old(heard):
            return "no live instance of SGE"
        return f"no live host, and not readable: {read.why}"
    match read.body:
        case SessionState() as state if state.is_closed:
            return "the session is closed"
        case SessionState() as state:
            return f"no live host: {state.host_client_id} does not answer"
        case Card() as card:
            return f"no live host: {card.host_client_id} does not answer"
    return "no live host"
