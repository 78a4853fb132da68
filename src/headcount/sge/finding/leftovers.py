"""What an instance of one's own client id has left on the broker: cleared on connecting (S22).

A process that was killed could clear nothing. It may have left a notice to be ready, players
reserved for it, and all topics of a session that it hosted; whoever comes next under its client
id knows that nobody needs them.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Sequence

from headcount.links.link import Connector
from headcount.sge.protocol import wire
from headcount.sge.protocol.wire import Heard, Publish, Word

QUIET = 0.3
"""Seconds without a message after which all that is retained has come."""
ENOUGH = 5.0
"""Seconds after which one stops listening in any case."""
FILTERS = tuple(
    wire.topic(word, "+", "+" if word in wire.NAMED else "") for word in sorted(wire.RETAINED)
)


class Leftovers:
    """Finds what is to be cleared in what is retained.

    Args:
        client_id: who one is.
        inside: the ids of the sessions that this process is in.
    """

    def __init__(self, client_id: str, inside: Collection[str] = ()) -> None:
        self._client_id = client_id
        self._inside = frozenset(inside)
        self._kept: dict[str, dict[str, Heard]] = {}
        self._hosted: set[str] = set()

    def heard(self, message: Heard) -> None:
        """Take a message; only what is retained can be a leftover."""
        session_id = message.session_id
        if not message.retained or message.fields is None or session_id in self._inside:
            return
        if self._is_hosted(message):
            self._hosted.add(session_id)
        topic = wire.topic(message.word, session_id, message.name)
        self._kept.setdefault(session_id, {})[topic] = message

    def clears(self, utc: float) -> list[Publish]:
        """Return what to publish: everything of a session one hosted, else what is one's own."""
        out: list[Publish] = []
        for session_id, kept in self._kept.items():
            for topic, message in kept.items():
                if session_id in self._hosted or self._is_own(message):
                    out += self._clear(topic, message, utc)
        return out

    def _is_hosted(self, message: Heard) -> bool:
        if message.word is Word.STATE:
            session = wire.state_of(message)
            return session is not None and session.creator_client_id == self._client_id
        return message.word is Word.DISCOVERY and message.client_id == self._client_id

    def _is_own(self, message: Heard) -> bool:
        if message.word is Word.READY:
            return message.name == self._client_id
        return message.word is Word.RESERVATION and message.client_id == self._client_id

    def _clear(self, topic: str, message: Heard, utc: float) -> list[Publish]:
        clear = wire.clear(topic)
        if message.word is not Word.RESERVATION or not wire.is_reserved(message):
            return [clear]
        # Windows that are open learn from a release that the player is free.
        who = message.client_id or self._client_id
        return [wire.release(message.session_id, who, message.name, utc), clear]


async def clear_leftovers(
    connector: Connector, client_id: str, inside: Collection[str] = (), *, utc: float
) -> list[str]:
    """Clear what an instance of this client id has left; return the topics, sorted.

    Args:
        connector: makes a connection to the broker.
        client_id: who one is.
        inside: the ids of the sessions that this process is in.
        utc: the time, in seconds since the epoch.

    Raises:
        NoBrokerError: no address could be used.
    """
    ear = _Ear(Leftovers(client_id, inside))
    connection = await connector.connect(f"sge-{secrets.token_hex(8)}", None, ear)
    try:
        connection.subscribe(FILTERS)
        await ear.quiet()
        clears: Sequence[Publish] = ear.leftovers.clears(utc)
        for each in clears:
            connection.publish(each.topic, each.payload, retain=each.retain)
    finally:
        await connection.close()
    return sorted(each.topic for each in clears if each.fields is None)


class _Ear:
    """Listens until nothing more comes."""

    def __init__(self, leftovers: Leftovers) -> None:
        self.leftovers = leftovers
        self._news = asyncio.Event()

    async def quiet(self) -> None:
        """Return when nothing retained has come for a moment."""
        try:
            async with asyncio.timeout(ENOUGH):
                while True:
                    self._news.clear()
                    await asyncio.wait_for(self._news.wait(), QUIET)
        except TimeoutError:
            pass

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a message from the connection."""
        heard = wire.read(topic, payload, retained)
        if heard is not None and retained:
            self.leftovers.heard(heard)
            self._news.set()

    def connection_lost(self, reason: str) -> None:
        """Hear nothing more; the next time will do."""
