"""Networks that go silent or break connections: the same as freezes, but both sides live on."""

from __future__ import annotations

import time

import pytest

from tests.engines import Engine
from tests.proxy import Proxy
from tests.scenarios.scene import (
    at_rest,
    closed,
    gathered,
    has_host,
    nobody_closed,
    shown,
    steady,
    undisturbed,
    wait_listed,
    within,
)
from tests.scenarios.test_freezes import BACK, SHORT, TOLD


@pytest.mark.parametrize("who", ["member", "host"])
def test_a_short_silence_changes_nothing(engine: Engine, who: str) -> None:
    """2 s without a byte either way, well below a lease: no count and no host changes (R1)."""
    with (
        Proxy(engine.port) as proxy,
        gathered(
            engine.url,
            3,
            *("--on-host-loss", "migrate"),
            host_url=proxy.url if who == "host" else None,
            member_url=proxy.url if who == "member" else None,
        ) as scene,
    ):
        marks = [(each, each.mark()) for each in scene.all]
        proxy.silence()
        steady(scene.all, SHORT)
        proxy.heal()
        for each in scene.all:
            assert each.ask("ready")["event"] == "accepted"
        for each, mark in marks:
            undisturbed(each, mark, count=3, host=scene.host.client_id)


def test_a_member_that_was_cut_off_is_counted_again(engine: Engine) -> None:
    """A silent network: uncounted within 10 s, counted 3 s after it is mended (S24, R1)."""
    with (
        Proxy(engine.port) as proxy,
        gathered(engine.url, 3, member_url=proxy.url) as scene,
    ):
        away = scene.members[0]
        others = scene.others(away)
        before = time.monotonic()
        proxy.silence()
        within(TOLD, shown(others, 2) - before, "a member is cut off")
        lost = away.wait_for("link")
        assert lost["status"] == "lost"
        within(TOLD, lost["at"] - before, "a member notices that it is cut off")
        mark = away.mark()
        before = time.monotonic()
        proxy.heal()
        within(BACK, shown(others, 3) - before, "a member that was cut off is counted again")
        back = away.wait_for(lambda event: event.get("count") == 3, after=mark)
        within(BACK, back["at"] - before, "a member that was cut off shows the count")
        at_rest(scene.all, 3)


def test_a_session_whose_host_is_cut_off_ends(engine: Engine) -> None:
    """Survivors are told within 10 s; the host, back again, ends without harm (S5, R2, R6)."""
    with (
        Proxy(engine.port) as proxy,
        gathered(engine.url, 3, host_url=proxy.url) as scene,
    ):
        before = time.monotonic()
        proxy.silence()
        within(TOLD, closed(scene.members) - before, "a host is cut off, close")
        wait_listed(scene.listing, None)
        proxy.heal()
        assert closed([scene.host], "link_lost")
        wait_listed(scene.listing, None)


def test_a_session_whose_host_is_cut_off_goes_on_under_migrate(engine: Engine) -> None:
    """Another is host within 10 s; the old one comes back as a member in 3 s (R2, R5)."""
    with (
        Proxy(engine.port) as proxy,
        gathered(engine.url, 3, "--on-host-loss", "migrate", host_url=proxy.url) as scene,
    ):
        before = time.monotonic()
        proxy.silence()
        successors = [each.client_id for each in scene.members]
        settled = has_host(scene.members, successors)
        within(TOLD, settled - before, "a host is cut off, migrate")
        within(TOLD, shown(scene.members, 2) - before, "a host is cut off, the count")
        mark = scene.host.mark()
        before = time.monotonic()
        proxy.heal()
        within(BACK, shown(scene.members, 3) - before, "a host that was cut off is counted again")
        back = scene.host.wait_for(lambda event: event.get("count") == 3, after=mark)
        assert back["host_client_id"] in successors
        within(BACK, back["at"] - before, "a host that was cut off sees itself as a member")
        at_rest(scene.all, 3)


@pytest.mark.parametrize("who", ["member", "host"])
def test_broken_connections_are_made_again(engine: Engine, who: str) -> None:
    """Three resets in a row: each time all are counted again within 3 s, under the same host."""
    with (
        Proxy(engine.port) as proxy,
        gathered(
            engine.url,
            3,
            host_url=proxy.url if who == "host" else None,
            member_url=proxy.url if who == "member" else None,
        ) as scene,
    ):
        cut = scene.host if who == "host" else scene.members[0]
        for _ in range(3):
            mark = cut.mark()
            before = time.monotonic()
            proxy.reset()
            cut.wait_for(lambda event: event.get("status") == "lost", after=mark)
            cut.wait_for(lambda event: event.get("status") == "restored", after=mark)
            assert cut.ask("ready")["event"] == "accepted"
            cut.wait_until(lambda: cut.state["count"] == 3)
            agreed = max(shown(scene.all, 3), cut.events[-1]["at"])
            within(BACK, agreed - before, f"the connection of a {who} was reset")
        assert {state["host_client_id"] for each in scene.all for state in each.states} == {
            scene.host.client_id
        }
        nobody_closed(scene.all)
