"""Subscriptions that a broker fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
from tests.links.fake_broker import (
    SUBSCRIBE,
    accept_5,
    fake_broker,
)

from headcount.links.mqtt import MqttConnector
from headcount.testing.peers import Peer


def failing(times: int) -> Callable[[int, bytes], bytes]:
    """Return an answer that fails so many subscriptions and then grants them."""
    left = [times]

    def answer(kind: int, body: bytes) -> bytes:
        if kind != SUBSCRIBE:
            return accept_5(kind, body)
        left[0] -= 1
        return b"\x90\x04" + body[:2] + b"\x00" + (b"\x80" if left[0] >= 0 else b"\x00")

    return answer


async def test_a_failed_subscription_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure may pass: the same filter is asked for again, without a word."""
    monkeypatch.setattr("headcount.links.subscriptions.PAUSE", 0.01)
    async with fake_broker(failing(2)) as broker:
        connection = await MqttConnector([broker.url]).connect("me", None, Peer())
        connection.subscribe(["a"])
        await broker.until(lambda: broker.count(SUBSCRIBE) == 3)
        await connection.close()
        assert not caplog.records


async def test_a_subscription_that_stays_failed_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After some tries the log says which filter the broker does not grant."""
    monkeypatch.setattr("headcount.links.subscriptions.PAUSE", 0.01)
    async with fake_broker(failing(99)) as broker:
        connection = await MqttConnector([broker.url]).connect("me", None, Peer())
        connection.subscribe(["a"])
        async with asyncio.timeout(5):
            while not caplog.records:
                await asyncio.sleep(0.01)
        assert broker.count(SUBSCRIBE) == 5
        assert "subscribe to a" in caplog.text
        assert caplog.records[0].levelno == logging.ERROR
        await connection.close()
