"""Joining and leaving: the same number everywhere, and nobody comes back (S8, S13, S24, S25)."""

from __future__ import annotations

import statistics
import time

from tests.cli.instance import Instance, events, headcount
from tests.engines import Engine
from tests.scenarios.scene import (
    ID,
    NAME,
    START,
    gathered,
    joins,
    row,
    shown,
    wait_listed,
    within,
)


def agree(instances: list[Instance], listing: Instance, count: int) -> None:
    """Assert that both displays, the list and the instance's own, come to the same number."""
    shown(instances, count)
    wait_listed(listing, count)
    listed = row(listing)
    assert listed is not None
    assert listed["model_name"] == NAME
    for each in instances:
        state = each.state
        assert state["count"] == len(state["connected_instances"]) == listed["count"]
        for bound in ("num_players_min", "num_players_max"):
            assert state[bound] == listed[bound]


def read_afresh(url: str) -> list[str]:
    """Return who is in the session to one who was not there: what is retained is all he has."""
    with Instance("watch", ID, "--broker", url) as onlooker:
        return list(onlooker.wait_for("state")["connected_instances"])


def test_who_has_left_is_not_seen_by_who_comes_later(engine: Engine) -> None:
    """1 creates, 2 joins, 2 leaves, 3 joins: 2 shown, 1 shown, 2 shown, never 2 again (S8, S25)."""
    create = ("create", NAME, "--id", ID, "--seats", "2-4", "--broker", engine.url)
    with Instance("list", "--watch", "--broker", engine.url) as listing, Instance(*create) as one:
        one.wait_for("state", START)
        agree([one], listing, 1)
        with joins(engine.url) as two:
            agree([one, two], listing, 2)
            departed = two.client_id
            two.send("leave")
            assert two.wait_for("closed")["reason"] == "left"
            assert two.wait() == 0
        agree([one], listing, 1)
        left = one.mark(), listing.mark()
        assert read_afresh(engine.url) == [one.client_id]
        with joins(engine.url) as three:
            agree([one, three], listing, 2)
            assert one.ask("ready")["event"] == "accepted"
            for state in (*three.states, *one.events[left[0] :]):
                assert departed not in state.get("members", ()), "who has left came back"
        agree([one], listing, 1)
        counts = [event["sessions"][0]["count"] for event in listing.events[left[1] :]]
        assert set(counts) <= {1, 2}


def test_both_displays_agree_through_joins_and_leaves(engine: Engine) -> None:
    """Join, join, join, leave: list and session say 2, 3, 4, 3 instances of 4 (S13, S25.4)."""
    create = ("create", NAME, "--id", ID, "--seats", "2-4", "--broker", engine.url)
    with Instance("list", "--watch", "--broker", engine.url) as listing, Instance(*create) as one:
        one.wait_for("state", START)
        with joins(engine.url) as two:
            agree([one, two], listing, 2)
            with joins(engine.url) as three:
                agree([one, two, three], listing, 3)
                with joins(engine.url) as four:
                    agree([one, two, three, four], listing, 4)
                    listed = row(listing)
                    assert listed is not None
                    assert not listed["joinable"]
                    four.send("leave")
                    assert four.wait() == 0
                agree([one, two, three], listing, 3)
                (once,) = events(headcount("list", "--json", "--broker", engine.url).stdout)
                (only,) = once["sessions"]
                assert (only["count"], only["joinable"]) == (3, True)
                one.send("leave")
                for each in (two, three):
                    assert each.wait_for("closed")["reason"] == "host_left"
        wait_listed(listing, None)


def test_a_joiner_is_seen_by_all_at_once(engine: Engine) -> None:
    """From `connected` to the right count on 4 instances: at most 100 ms (figures of issue 2)."""
    taken = []
    with gathered(engine.url, 3) as scene:
        for _ in range(5):
            with joins(engine.url) as fourth:
                agreed = shown([*scene.all, fourth], 4)
                taken.append(agreed - fourth.wait_for("connected")["at"])
                fourth.send("leave")
                fourth.wait()
            shown(scene.all, 3)
    within(0.1, statistics.median(taken), "a joiner is counted by all four")


def test_a_clean_leave_is_seen_by_all_at_once(engine: Engine) -> None:
    """From `leave` to the right count everywhere: at most 50 ms (figures of issue 2)."""
    taken = []
    with gathered(engine.url, 6) as scene:
        for leaver in reversed(scene.line()):
            before = time.monotonic()
            leaver.send("leave")
            scene.members.remove(leaver)
            taken.append(shown(scene.all, 1 + len(scene.members)) - before)
            assert leaver.wait() == 0
    within(0.05, statistics.median(taken), "an isolated clean leave")
