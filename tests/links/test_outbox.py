"""What waits to be sent."""

from __future__ import annotations

import asyncio

import pytest

from headcount.links.outbox import MAX_BYTES, MAX_MESSAGES, Outbox, Parcel


class Sender:
    """Writes down what an outbox sends, and numbers what is counted as gmqtt does."""

    def __init__(self, window: int) -> None:
        self.sent: list[str] = []
        self.buffered = 0
        self.outbox = Outbox(lambda: self.buffered)
        self.outbox.window = window
        self._number = 0

    def put(self, text: str, size: int = 1, counted: bool = True) -> None:
        """Put a parcel that writes `text` down when it is sent."""

        def send() -> None:
            self.sent.append(text)
            if counted:
                self._number += 1
                self.outbox.push_message(self._number, b"")

        self.outbox.put(Parcel(send, size, counted))


def test_the_window_is_kept_in_order() -> None:
    """Beyond the window parcels wait, and go in order as others are acknowledged."""
    sender = Sender(window=2)
    for text in "abcde":
        sender.put(text)
    assert sender.sent == ["a", "b"]
    sender.outbox.remove_message_by_mid(1)
    assert sender.sent == ["a", "b", "c"]
    sender.outbox.remove_message_by_mid(2)
    sender.outbox.remove_message_by_mid(3)
    assert sender.sent == ["a", "b", "c", "d", "e"]


def test_what_is_not_counted_keeps_its_place() -> None:
    """A subscription needs no room in the window, but never overtakes a message before it."""
    sender = Sender(window=1)
    sender.put("subscribe first", counted=False)
    sender.put("publish")
    sender.put("subscribe at once", counted=False)
    sender.put("publish later")
    sender.put("subscribe later", counted=False)
    assert sender.sent == ["subscribe first", "publish", "subscribe at once"]
    sender.outbox.remove_message_by_mid(1)
    assert sender.sent[3:] == ["publish later", "subscribe later"]


def test_an_acknowledgement_twice_changes_nothing() -> None:
    """An unknown number opens no room."""
    sender = Sender(window=1)
    sender.put("a")
    sender.outbox.remove_message_by_mid(9)
    sender.put("b")
    assert sender.sent == ["a"]


def test_too_many_messages_are_dropped_and_counted() -> None:
    """A full queue drops messages, never subscriptions."""
    sender = Sender(window=1)
    for number in range(MAX_MESSAGES + 11):
        sender.put(str(number))
    assert sender.outbox.dropped == 10
    sender.put("subscribe", counted=False)
    assert sender.outbox.dropped == 10


def test_too_many_bytes_are_dropped_and_counted() -> None:
    """The limit in bytes counts what waits here and in the transport."""
    sender = Sender(window=1)
    sender.put("first")
    sender.put("waits", size=MAX_BYTES // 2)
    sender.put("waits too")
    sender.buffered = MAX_BYTES // 2 + 1
    sender.put("too much")
    assert sender.outbox.dropped == 1


def test_clearing_forgets_all() -> None:
    """After the end of a connection nothing is left to send."""
    sender = Sender(window=1)
    for text in "abc":
        sender.put(text)
    sender.outbox.clear()
    assert sender.outbox.is_empty
    sender.outbox.remove_message_by_mid(1)
    assert sender.sent == ["a"]


@pytest.mark.parametrize("cleared", [False, True])
async def test_drained_waits_for_the_last_acknowledgement(cleared: bool) -> None:
    """`drained` returns once nothing waits and nothing is in flight, or the end has come."""
    sender = Sender(window=1)
    await sender.outbox.drained()
    sender.put("a")
    sender.put("b")
    waiting = asyncio.create_task(sender.outbox.drained())
    await asyncio.sleep(0)
    sender.outbox.remove_message_by_mid(1)
    await asyncio.sleep(0)
    assert not waiting.done()
    if cleared:
        sender.outbox.clear()
    else:
        sender.outbox.remove_message_by_mid(2)
    await asyncio.wait_for(waiting, 1)
