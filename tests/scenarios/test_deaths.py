"""Killed processes: the survivors are right at once, and no session is left orphaned (S5, S17)."""

from __future__ import annotations

import math
import time

import pytest

from tests.cli.instance import Instance, events, headcount
from tests.engines import Engine
from tests.scenarios.scene import closed, gathered, has_host, joins, shown, wait_listed, within

LOBBY, STARTED = 3.0, 7.0
"""Seconds from the host's death until every survivor has left or has a new host."""
STAGGER = 0.3
LEASE = 6.0


def loss_of_host(started: bool, killed_with_it: int, line: int) -> float:
    """Return within how many seconds the loss of the host must be dealt with."""
    more = (2 + math.log2(line)) * STAGGER if killed_with_it else 0.0
    return (STARTED if started else LOBBY) + more


def kill(*instances: Instance) -> float:
    """Kill them together; return when."""
    now = time.monotonic()
    for each in instances:
        each.kill()
    return now


@pytest.mark.parametrize("started", [False, True], ids=["lobby", "started"])
def test_a_killed_member_is_not_counted_any_more(engine: Engine, started: bool) -> None:
    """SIGKILL of a member: the right count everywhere within 0.5 s, and it stays so (S2)."""
    with gathered(engine.url, 4, started=started) as scene:
        victim = scene.members[1]
        wait_listed(scene.listing, 4)
        killed = kill(victim)
        survivors = scene.others(victim)
        within(0.5, shown(survivors, 3) - killed, "a member is killed")
        within(3.0, wait_listed(scene.listing, 3) - killed, "a member is killed, in the list")
        assert scene.host.ask("ready")["event"] == "accepted"
        for each in survivors:
            assert victim.client_id not in each.state["connected_instances"]


@pytest.mark.parametrize(
    ("started", "killed_with_it"),
    [(False, 0), (False, 2), (True, 0)],
    ids=["lobby", "lobby-next-two-too", "started"],
)
def test_a_session_whose_host_is_killed_ends(
    engine: Engine, started: bool, killed_with_it: int
) -> None:
    """All others leave by themselves with `host_lost`, the list forgets it (S5, S17, S25.3)."""
    with gathered(engine.url, 4 + killed_with_it, started=started) as scene:
        line = scene.line()
        victims = [scene.host, *line[:killed_with_it]]
        wait_listed(scene.listing, len(scene.all))
        killed = kill(*victims)
        told = closed(scene.others(*victims))
        bound = loss_of_host(started, killed_with_it, len(line))
        within(bound, told - killed, f"host and {killed_with_it} more killed, close, {started=}")
        gone = wait_listed(scene.listing, None)
        within(bound, gone - killed, f"host and {killed_with_it} more killed, list, {started=}")
        (once,) = events(headcount("list", "--json", "--broker", engine.url).stdout)
        assert once["sessions"] == []


@pytest.mark.parametrize(
    ("started", "killed_with_it"),
    [(False, 0), (False, 2), (True, 0)],
    ids=["lobby", "lobby-next-two-too", "started"],
)
def test_a_session_whose_host_is_killed_goes_on_under_migrate(
    engine: Engine, started: bool, killed_with_it: int
) -> None:
    """One survivor is host in time, all agree on it, and on who is there (S5, DESIGN R5)."""
    options = ("--on-host-loss", "migrate")
    with gathered(engine.url, 4 + killed_with_it, *options, started=started) as scene:
        line = scene.line()
        victims = [scene.host, *line[:killed_with_it]]
        survivors = scene.others(*victims)
        wait_listed(scene.listing, len(scene.all))
        killed = kill(*victims)
        settled = has_host(survivors, [each.client_id for each in survivors])
        bound = loss_of_host(started, killed_with_it, len(line))
        what = f"host and {killed_with_it} more killed, migrate, {started=}"
        within(bound, settled - killed, what)
        # Nobody hears those die who die with their host: the next host's leases end for them.
        right = shown(survivors, 3) - killed
        within(bound + (LEASE if killed_with_it else 0.5), right, f"{what}, right count")
        wait_listed(scene.listing, 3)
        host = next(e for e in survivors if e.client_id == e.state["host_client_id"])
        assert host.ask("ready")["event"] == "accepted"
        if not started:
            with joins(engine.url, "sea", "--client-id", "newcomer"):
                shown(survivors, 4)
        for each in survivors:
            assert "closed" not in each.names, each.story
