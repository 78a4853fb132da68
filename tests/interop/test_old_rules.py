"""What others must respect: how the emulated old instance takes what it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.interop.old_wire import OldState
from tests.interop.world import World


def publish_state(world: World, **changes: Any) -> None:
    """Publish S1's state again, with other values."""
    fields = {**json.loads(world.retained["S1/session_state"]), **changes}
    world.publish("S1/session_state", json.dumps(fields).encode(), retain=True)


@pytest.mark.parametrize(
    ("count", "most", "row", "bottom"),
    [
        (1, 4, "1/2-4 instances (Available)", "1/2-4 connected (waiting for 1 more...)"),
        (3, 4, "3/2-4 instances (Ready)", "3/2-4 connected ✓ (min)"),
        (5, 4, "5/4 instances (Full)", "5/2-4 connected ✓"),
        (1, 2, "1/2 instances (Available)", "1/2 connected (waiting for 1 more...)"),
        (2, 2, "2/2 instances (Full)", "2/2 connected ✓"),
    ],
)
def test_its_texts(count: int, most: int, row: str, bottom: str) -> None:
    """In the list of a viewer, of a member, and at the bottom."""
    world = World()
    creator = world.instance("creator", auto_start=False)
    viewer = world.instance("viewer")
    for each in (creator, viewer):
        world.click(each.list_sessions)
    world.click(creator.create, "S1", 2, most, "Sea")
    world.run(5.0)
    others = [f"other{number}" for number in range(count - 1)]
    publish_state(world, connected_instances=["creator", *others])
    world.run(0.1)
    assert (creator.rows, viewer.rows) == ({"S1": f"Sea ✓ ({row})"}, {"S1": f"Sea ({row})"})
    assert creator.bottom_line == f"Instances: {bottom}"


@pytest.mark.parametrize(
    ("client", "seed", "taken"), [("someone", 5, 5), ("someone", 0, 1), ("joiner", 5, 1)]
)
def test_the_first_seed_of_another_is_adopted(client: str, seed: int, taken: int) -> None:
    """Whoever it is from, leader or not; 0 is none, and one's own does not count."""
    world = World()
    joiner = world.instance("joiner", seed=1)
    fields = {"clientId": client, "seed": seed, "is_leader": False}
    world.publish("S1/session_seed_sync", json.dumps(fields).encode(), retain=True)
    world.click(joiner.join, "S1")
    world.run(6.0)
    world.publish("S1/session_seed_sync", b'{"clientId": "later", "seed": 9}', retain=True)
    world.run(10.0)
    assert joiner.seed == taken
    own = [said.message for said in world.said if said.by == "joiner"]
    assert json.loads(own[0].payload)["is_leader"] == (taken == 1)


@pytest.mark.parametrize("ending", ["Z", "+00:00"])
def test_a_time_with_an_offset_is_dropped(ending: str) -> None:
    """It cannot be compared with a naive one."""
    world = World()
    creator, member = world.session(joiners=1)
    time = json.loads(world.retained["S1/session_state"])["last_heartbeat"] + ending
    publish_state(world, last_heartbeat=time, connected_instances=["creator"])
    world.run(0.1)
    assert (creator.count, member.count) == (2, 2)
    assert (creator.dropped, member.dropped) == (1, 1)


def test_versions_are_not_compared_and_unknown_fields_are_lost() -> None:
    """Each rewrite has the eleven fields and nothing else."""
    world = World()
    (creator,) = world.session()
    publish_state(world, version=-3, epoch=9, connected_instances=["creator", "ours"])
    world.run(0.1)
    assert creator.count == 2
    world.run(5.0)
    state = json.loads(world.retained["S1/session_state"])
    assert state["version"] == -3
    assert tuple(state) == OldState.__slots__


def test_a_joiner_has_a_new_id_in_the_game() -> None:
    """One that is not in `connected_instances`."""
    world = World()
    creator, member = world.session(joiners=1)
    world.click(creator.start)
    world.run(1.0)
    assert (creator.client_id, member.client_id) == ("creator", "joiner0-game")
    world.click(member.act, "setValue", 3)
    world.click(member.next_turn)
    world.run(1.0)
    assert [kind for kind, _ in creator.actions] == ["game_gameAction_performed", "game_nextTurn"]
    assert {fields["clientId"] for _, fields in creator.actions} == {"joiner0-game"}
    assert member.actions == []


def test_a_full_session_starts_by_itself() -> None:
    """After a countdown of 3 s; who comes too late still gets in."""
    world = World()
    creator, *joiners = world.session(most=3, joiners=2)
    late = world.instance("late")
    world.click(late.join, "S1")
    assert creator.phase == "waiting"
    world.run(4.0)
    assert creator.phase == "started"
    (start,) = (s.message for s in world.said if s.message.topic == "S1/session_game_start")
    assert json.loads(start.payload)["start_type"] == "auto"
    assert {each.phase for each in joiners} == {"started"}
    assert (late.phase, late.count) == ("started", 4)


def test_a_session_without_a_state_counts_who_is_ready() -> None:
    """The oldest ones had nothing else."""
    world = World()
    world.publish("S1/session_instance_ready/old", b"{}", retain=True)
    joiner = world.instance("joiner")
    world.click(joiner.join, "S1")
    world.run(8.0)
    assert joiner.count == 2
    assert not any(said.message.topic == "S1/session_state" for said in world.said)


def test_what_is_clicked_in_a_frozen_window_happens_later() -> None:
    """As soon as it goes on."""
    world = World()
    creator, joiner = (*world.session(), world.instance("joiner"))
    world.click(joiner.join, "S1")
    world.click(joiner.leave)
    world.run(3.0)
    assert joiner.phase == "frozen"
    world.run(2.0)
    assert (joiner.phase, creator.count) == ("left", 1)
