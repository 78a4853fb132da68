"""What is on its way out on one connection, within limits."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

MAX_MESSAGES = 2_000
"""How many messages may wait before further ones are dropped."""

MAX_BYTES = 4 * 1024 * 1024
"""How many bytes may wait, the transport's buffer included, before messages are dropped."""

MAX_IN_FLIGHT = 1_000
"""How many messages may be unacknowledged at once, even if the broker allows more."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One thing to send: `size` in bytes; `counted` if the broker acknowledges it (QoS 1)."""

    send: Callable[[], object]
    size: int = 0
    counted: bool = False


class Outbox:
    """A queue, first in, first out, that keeps to the broker's receive maximum.

    Mosquitto allows 20 unacknowledged messages (MQTT 5, 3.2.2.3.3), and gmqtt raises beyond
    that; here the rest waits. gmqtt is given this object as its store of messages to send
    again (the first four members): it remembers only their numbers, as nothing is ever sent
    twice.
    """

    def __init__(self, buffered: Callable[[], int]) -> None:
        """Begin empty; `buffered` tells how many bytes the transport still holds."""
        self.window = MAX_IN_FLIGHT
        self.dropped = 0
        self._buffered = buffered
        self._in_flight: set[int] = set()
        self._waiting: deque[Parcel] = deque()
        self._waiting_bytes = 0
        self._drained: asyncio.Future[None] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether everything put has been sent and acknowledged."""
        return not self._in_flight and not self._waiting

    def push_message(self, number: int, _packet: bytes) -> None:
        """Note that the message `number` was written."""
        self._in_flight.add(number)

    def remove_message_by_mid(self, number: int) -> None:
        """Note that the message `number` was acknowledged, and send what may go now."""
        self._in_flight.discard(number)
        while self._waiting and self._may_go(self._waiting[0]):
            parcel = self._waiting.popleft()
            self._waiting_bytes -= parcel.size
            parcel.send()
        self._tell_drained()

    def clear(self) -> None:
        """Forget everything: the connection has begun, or ended."""
        self._in_flight.clear()
        self._waiting.clear()
        self._waiting_bytes = 0
        self._tell_drained()

    def put(self, parcel: Parcel) -> None:
        """Send now, or when its turn comes; a counted parcel beyond the limits is dropped."""
        if parcel.counted and self._is_full():
            self.dropped += 1
        elif not self._waiting and self._may_go(parcel):
            parcel.send()
        else:
            self._waiting.append(parcel)
            self._waiting_bytes += parcel.size

    async def drained(self) -> None:
        """Wait until everything put has been sent and acknowledged."""
        if not self.is_empty:
            self._drained = asyncio.get_running_loop().create_future()
            await self._drained

    def _tell_drained(self) -> None:
        if self._drained is not None and self.is_empty and not self._drained.done():
            self._drained.set_result(None)

    def _may_go(self, parcel: Parcel) -> bool:
        return not parcel.counted or len(self._in_flight) < self.window

    def _is_full(self) -> bool:
        return (
            len(self._waiting) >= MAX_MESSAGES or self._waiting_bytes + self._buffered() > MAX_BYTES
        )
