"""Subscribing on one connection, again where the broker failed to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from gmqtt import Subscription

from headcount.links.outbox import Parcel
from headcount.links.single_client import SingleClient

TRIES = 5
"""How often a subscription that the broker fails is tried in all."""

PAUSE = 0.3
"""Seconds between these tries."""

_FAILED = 0x80
_log = logging.getLogger(__name__)


class Subscriptions:
    """Asks for filters and watches the answers.

    NATS fails subscriptions for a while when a node of its cluster is down; such a failure
    may pass. One that stays is logged, as there is no other remedy.
    """

    def __init__(self, client: SingleClient) -> None:
        self._client = client
        self._failures: dict[str, int] = {}
        self._asked: dict[int, tuple[str, ...]] = {}
        self._retries: set[asyncio.TimerHandle] = set()
        client.on_subscribe = self._answered

    def add(self, filters: Sequence[str]) -> None:
        """Ask for filters, with what is retained under them."""
        for text in filters:
            self._failures[text] = 0
        self._ask(tuple(filters))

    def remove(self, filters: Sequence[str]) -> None:
        """Ask for no more of them."""
        for text in filters:
            self._failures.pop(text, None)
        topics = [text.encode() for text in filters]
        self._client.outbox.put(Parcel(lambda: self._client._connection.unsubscribe(topics)))

    def stop(self) -> None:
        """Try nothing again: the connection has ended."""
        for retry in self._retries:
            retry.cancel()
        self._retries.clear()

    def _ask(self, filters: tuple[str, ...]) -> None:
        self._client.outbox.put(Parcel(lambda: self._send(filters)))

    def _send(self, filters: tuple[str, ...]) -> None:
        number = self._client._connection.subscribe([Subscription(text) for text in filters])
        self._asked[number] = filters

    def _answered(
        self, _client: object, number: int, codes: Sequence[int], _properties: object
    ) -> None:
        filters = self._asked.pop(number, ())
        again = []
        for text, code in zip(filters, codes, strict=False):
            if text not in self._failures:
                continue
            if code < _FAILED:
                self._failures[text] = 0
                continue
            self._failures[text] += 1
            if self._failures[text] < TRIES:
                again.append(text)
            else:
                _log.error("the broker does not let us subscribe to %s (code %d)", text, code)
        if again:
            self._retry(again)

    def _retry(self, filters: list[str]) -> None:
        def ask_again() -> None:
            self._retries.discard(handle)
            wanted = tuple(text for text in filters if text in self._failures)
            if wanted:
                self._ask(wanted)

        handle = asyncio.get_running_loop().call_later(PAUSE, ask_again)
        self._retries.add(handle)
