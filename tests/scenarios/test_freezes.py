"""Frozen processes (SIGSTOP): a short freeze is nothing, a long one is told and mended (R1, R2)."""

from __future__ import annotations

import time

import pytest

from tests.engines import Engine
from tests.scenarios.scene import (
    at_rest,
    closed,
    gathered,
    has_host,
    shown,
    steady,
    undisturbed,
    wait_listed,
    within,
)

SHORT = 2.0
TOLD = 10.0
"""Seconds within which silence is noticed by all (figures of issue 2)."""
BACK = 3.0
"""Seconds within which who comes back is counted again (figures of issue 2)."""


@pytest.mark.parametrize("who", ["member", "host"])
def test_a_short_freeze_changes_nothing(engine: Engine, who: str) -> None:
    """2 s, well below a lease: no count and no host changes, then or afterwards (R1)."""
    with gathered(engine.url, 3, "--on-host-loss", "migrate") as scene:
        frozen = scene.host if who == "host" else scene.members[0]
        marks = [(each, each.mark()) for each in scene.all]
        host = scene.host.client_id
        frozen.stop()
        steady(scene.others(frozen), SHORT)
        frozen.cont()
        for each in scene.all:
            assert each.ask("ready")["event"] == "accepted"
        for each, mark in marks:
            undisturbed(each, mark, count=3, host=host)


@pytest.mark.parametrize("started", [False, True], ids=["lobby", "started"])
def test_a_frozen_member_is_not_counted_until_it_comes_back(engine: Engine, started: bool) -> None:
    """Longer than a lease: the right count within 10 s, and 3 s after it goes on (S24, R3)."""
    with gathered(engine.url, 3, started=started) as scene:
        frozen = scene.members[0]
        others = scene.others(frozen)
        before = time.monotonic()
        frozen.stop()
        within(TOLD, shown(others, 2) - before, "a member is frozen")
        steady(others, SHORT)
        mark = frozen.mark()
        before = time.monotonic()
        frozen.cont()
        within(BACK, shown(others, 3) - before, "a frozen member is counted again")
        frozen.wait_for(lambda event: event.get("count") == 3, BACK, after=mark)
        at_rest(scene.all, 3)


def test_a_session_whose_host_is_frozen_ends(engine: Engine) -> None:
    """Survivors are told within 10 s; the host finds itself superseded and ends (S5, R2, R6)."""
    with gathered(engine.url, 3) as scene:
        before = time.monotonic()
        scene.host.stop()
        within(TOLD, closed(scene.members) - before, "a host is frozen, close")
        wait_listed(scene.listing, None)
        scene.host.cont()
        assert closed([scene.host], "link_lost")
        wait_listed(scene.listing, None)


def test_a_session_whose_host_is_frozen_goes_on_under_migrate(engine: Engine) -> None:
    """Another is host within 10 s; the old one comes back as a member in 3 s (R2, R5)."""
    with gathered(engine.url, 3, "--on-host-loss", "migrate") as scene:
        before = time.monotonic()
        scene.host.stop()
        successors = [each.client_id for each in scene.members]
        settled = has_host(scene.members, successors)
        within(TOLD, settled - before, "a host is frozen, migrate")
        within(TOLD, shown(scene.members, 2) - before, "a host is frozen, the count")
        mark = scene.host.mark()
        before = time.monotonic()
        scene.host.cont()
        within(BACK, shown(scene.members, 3) - before, "a frozen host is counted again")
        back = scene.host.wait_for(lambda event: event.get("count") == 3, after=mark)
        assert back["host_client_id"] in successors
        within(BACK, back["at"] - before, "a frozen host sees itself as a member")
        at_rest(scene.all, 3)
        wait_listed(scene.listing, 3)
