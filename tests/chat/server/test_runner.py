"""The loop around the hub: a fault in one effect is told, and stops no other."""

from __future__ import annotations

import logging

import pytest

from headcount.chat.hub import effects as x
from headcount.chat.server.server import ChatServer
from tests.chat.clients import G1


async def test_a_fault_is_counted_and_the_rest_goes_on(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What must not happen stops nobody, and is in the log."""
    runner = server.place.runner

    def fail(effect: x.Probe) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setitem(runner._performers, x.LoadRoom, fail)
    with caplog.at_level(logging.ERROR, "headcount.chat"):
        async with G1.open(server.url) as one, G1.open(server.url):
            await one.shows(2)
    assert runner.figures.counts["errors"] == 1
    assert "LoadRoom" in caplog.text


async def test_ids_are_random_and_never_twice(server: ChatServer) -> None:
    """Two connections of one millisecond share nothing."""
    ids = set()
    for _ in range(20):
        async with G1.open(server.url) as client:
            ids.add((await client.next("connected"))["userId"])
    assert len(ids) == 20
    assert all(len(id) == 24 for id in ids)
