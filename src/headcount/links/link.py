"""What every way to reach a broker has in common.

A `Connector` makes one connection after another; a connection lives once. Nothing composed
under one connection is ever sent under another: what is still on its way when a connection
ends is dropped with it (rule R1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, not retained, when a connection ends without a goodbye."""

    topic: str
    payload: bytes


class Receiver(Protocol):
    """Who is told what a connection brings. All calls come from the event loop's thread."""

    def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take one message; `retained` is False for one published while subscribed."""

    def connection_lost(self, reason: str) -> None:
        """Learn, once, that the connection ended without `close` or `abort` being called."""


class Connection(Protocol):
    """One connection to one broker. After it has ended every call does nothing."""

    @property
    def address(self) -> str:
        """The address that answered, as a URL without the password."""

    @property
    def expiry(self) -> bool:
        """Whether messages can expire (MQTT 5)."""

    @property
    def dropped(self) -> int:
        """How many messages were not sent because too much was waiting already."""

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, expiry: int | None = None
    ) -> None:
        """Send at QoS 1; an empty retained payload clears the topic. `expiry` in seconds."""

    def subscribe(self, filters: Sequence[str]) -> None:
        """Subscribe at QoS 0; a filter one has already brings what is retained once more."""

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Ask for no more of these filters."""

    async def close(self) -> None:
        """Send what waits, say goodbye (no will follows) and end."""

    def abort(self) -> None:
        """End at once without a goodbye: the will follows."""


class Connector(Protocol):
    """Makes connections to one broker."""

    async def connect(self, client_id: str, will: Will | None, receiver: Receiver) -> Connection:
        """Connect, trying each known address once, in turn.

        Raises:
            NoBrokerError: no address could be used; the message names the cause of each.
        """
