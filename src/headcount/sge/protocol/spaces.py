"""Names with a space: they travel in topics of existing SGE instances, and not on every broker.

Mosquitto passes them. NATS ends the connection of whoever publishes to such a topic, and refuses
to subscribe to one (design, section 3.7). A broker does not say which it is, so it is tried.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable

from headcount.links.link import Connector
from headcount.sge.protocol import wire

ANSWERS = 5.0
"""Seconds for the broker to answer or to hang up."""
_SPACES = frozenset(" \t\r\n\f\v")


def are_in(text: str) -> bool:
    """Tell whether a name, or a topic, holds a space."""
    return not _SPACES.isdisjoint(text)


def misfits(names: Iterable[str], *, spaces: bool = True) -> list[str]:
    """Return the names that cannot be a part of a topic on a broker.

    Args:
        names: session ids, player names and the like.
        spaces: whether the broker takes topics with a space: Mosquitto does, NATS does not.
    """
    return [name for name in names if not wire.fits(name) or (not spaces and are_in(name))]


def trouble(topic: str) -> str:
    """Return the sentence that says what is wrong with a topic, and what to do."""
    name = next((level for level in topic.split("/") if are_in(level)), topic)
    return (
        f"a name with a space, such as {name!r}, cannot travel on this broker (NATS ends the "
        "connection): use Mosquitto, or names without spaces"
    )


async def are_taken(connector: Connector) -> bool:
    """Tell whether a broker takes topics with a space, by publishing to one.

    Raises:
        NoBrokerError: no address could be used.
    """
    trial = _Trial()
    name = f"space-{secrets.token_hex(8)}"
    connection = await connector.connect(name, None, trial)
    try:
        connection.subscribe([f"session_probe/{name}"])
        connection.publish(f"session_probe/{name} ", b"-")
        connection.publish(f"session_probe/{name}", b"-")
        async with asyncio.timeout(ANSWERS):
            return await trial.survived
    except TimeoutError:
        return True
    finally:
        connection.abort()


class _Trial:
    """A connection that may be cut."""

    def __init__(self) -> None:
        self.survived: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Learn that the broker went on."""
        if not self.survived.done():
            self.survived.set_result(True)

    def connection_lost(self, reason: str) -> None:
        """Learn that it did not."""
        if not self.survived.done():
            self.survived.set_result(False)
