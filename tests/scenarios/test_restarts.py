"""The broker dies and comes back: all are back and right, nobody was told of an end (S3, S19)."""

from __future__ import annotations

import time

import pytest

from tests.engines import Engine
from tests.scenarios.scene import (
    Scene,
    gathered,
    joins,
    nobody_closed,
    shown,
    steady,
    wait_listed,
    within,
)

LEASE = 6.0
SHORT, LONG = 1.5, LEASE + 2.0
"""Seconds without a broker: below 3 s, and longer than a lease."""
BACK = 5.0


@pytest.mark.parametrize("keep_store", [True, False], ids=["kept", "lost"])
@pytest.mark.parametrize(
    ("outage", "bound"), [(SHORT, BACK), (LONG, LEASE + 3.0)], ids=["short", "long"]
)
def test_a_broker_restart_is_survived(
    engine: Engine, outage: float, bound: float, keep_store: bool
) -> None:
    """All right 5 s after it, after a long outage a lease + 3 s; a new joiner gets in (S19)."""
    with gathered(engine.url, 4) as scene:
        host = scene.host.client_id
        marks = [each.mark() for each in scene.all]
        engine.kill()
        for each, mark in zip(scene.all, marks, strict=True):
            each.wait_for(lambda event: event.get("status") == "lost", after=mark)
        steady(scene.all, outage)
        engine.restart(keep_store=keep_store)
        up = time.monotonic()
        what = f"broker restart, outage {outage:g} s, {keep_store=}"
        within(bound, _settled(scene, marks) - up, what)
        nobody_closed(scene.all)
        with joins(engine.url) as newcomer:
            shown([*scene.all, newcomer], 5)
            assert newcomer.state["host_client_id"] == host
        shown(scene.all, 4)
        wait_listed(scene.listing, 4)
        nobody_closed(scene.all)


def _settled(scene: Scene, marks: list[int]) -> float:
    """Wait until all are back, have been answered, and show all; return that moment."""
    for each, mark in zip(scene.all, marks, strict=True):
        each.wait_for(lambda event: event.get("status") == "restored", after=mark)
        assert each.ask("ready")["event"] == "accepted"
    answered: list[float] = [each.events[-1]["at"] for each in scene.all]
    return max(*answered, shown(scene.all, len(scene.all)))
