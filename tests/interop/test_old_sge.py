"""The emulated old instance has the faults that were measured on the old system."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.world import World

HERE = Path(__file__).parent
EMULATION = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("test_"))
CAPTURED = HERE / "small_game.jsonl"
"""The first message of each kind of a captured game: create, two joins, a leave, start, the end."""

JOINING = 3.84
"""Seconds from the click to the right count everywhere."""
NAMES = ("creator", "second", "third", "second in the game")
Kind = tuple[Any, ...]


# --- it is what it claims to be ----------------------------------------------------------------


@pytest.mark.parametrize("path", EMULATION, ids=lambda path: path.stem)
def test_it_shares_no_code_with_the_package(path: Path) -> None:
    """Else a mistake in the package would be made twice, and not be seen."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [each.name for each in getattr(node, "names", []) if isinstance(each, ast.alias)]
        names.append(getattr(node, "module", None) or "")
        assert not any(name.split(".")[0] == "headcount" for name in names)
        inside = [name for name in names if name.startswith("tests")]
        assert all(name.startswith("tests.interop") for name in inside)


def test_a_small_game_is_what_was_captured() -> None:
    """Same topics, QoS, retain flags, fields in their order, and states, in the same order."""
    captured = (json.loads(line) for line in CAPTURED.read_text("utf-8").splitlines())
    assert list(kinds((m["topic"], m["qos"], m["retain"], m["payload"]) for m in captured)) == list(
        kinds(
            (said.message.topic, said.message.qos, said.message.retain, said.message.payload)
            for said in small_game().said
        )
    )


def small_game() -> World:
    """Play what was captured."""
    world = World()
    creator, second = world.session(joiners=1)
    third = world.instance("third")
    world.run(3.0)
    world.click(third.join, "S1")
    world.run(8.0)
    world.click(third.leave)
    world.run(4.0)
    world.click(creator.start)
    world.run(0.05)
    world.click(second.choose_role, "Player 2")
    world.run(0.57)
    world.click(creator.choose_role, "Player 1")
    world.run(10.0)
    world.click(creator.next_turn)
    world.run(3.0)
    world.click(second.leave)
    world.run(0.15)
    world.click(creator.leave)
    world.run(1.0)
    return world


def kinds(messages: Iterable[tuple[str, int, bool, str | bytes]]) -> Iterator[Kind]:
    """Give the first message of each kind; client ids are named in the order they come in."""
    ids: list[str] = []
    seen: set[Kind] = set()
    for topic, qos, retain, payload in messages:
        fields = json.loads(payload) if payload else {}
        client = fields.get("clientId")
        if client is not None and client not in ids:
            ids.append(client)
        for number, each in enumerate(ids):
            topic = topic.replace(each, NAMES[number])
        name = NAMES[ids.index(client)] if client else None
        values = [fields.get(key) for key in ("is_leader", "state", "version", "action")]
        members = len(fields.get("connected_instances", ()))
        kind = (topic, qos, retain, name, tuple(fields), *values, members)
        if kind not in seen:
            seen.add(kind)
            yield kind


# --- what was measured -------------------------------------------------------------------------


def test_a_join_takes_as_long_as_it_did() -> None:
    """Until then everybody shows the old number, and the joiner's window is frozen."""
    world = World()
    (creator,) = world.session()
    joiner = world.instance("joiner")
    world.click(joiner.join, "S1")
    world.run(JOINING - 0.02)
    assert (creator.count, joiner.count) == (1, 0)
    world.run(0.02)
    assert (creator.count, joiner.count) == (2, 2)
    assert creator.bottom_line == "Instances: 2/2-4 connected ✓ (min)"


@pytest.mark.parametrize("spread", [0.0, 0.01, 0.02, 0.03])
def test_joins_are_lost_at_a_barrier(spread: float) -> None:
    """All windows agree on the wrong number, and it is never corrected."""
    world = World()
    (creator,) = world.session(most=20)
    joiners = [world.instance(f"joiner{number}") for number in range(10)]
    for joiner in joiners:
        world.click(joiner.join, "S1")
        world.run(spread)
    world.run(5.0)
    count = creator.count
    assert 2 <= count <= 5
    world.run(60.0)
    assert {each.count for each in (creator, *joiners)} == {count}


@pytest.mark.parametrize(("ahead", "closed"), [(20.0, True), (60.0, True), (0.0, False)])
def test_a_clock_that_is_ahead_closes_a_healthy_session(ahead: float, closed: bool) -> None:
    """For everyone, some 17 s after the click."""
    world = World()
    creator, member = world.session(joiners=1)
    late = world.instance("late", ahead=ahead)
    world.click(late.join, "S1")
    world.run(16.0)
    assert {creator.count, member.count, late.count} == {3}
    world.run(1.0)
    assert [each.message is not None for each in (creator, member, late)] == [closed] * 3
    assert json.loads(world.retained["S1/session_state"])["state"] == ["open", "closed"][closed]


def test_a_dead_creator_is_noticed_late() -> None:
    """After 11–17 s, by those who are left; it stays announced."""
    world = World()
    creator, one, two = world.session(joiners=2)
    world.run(10.0)
    world.kill(creator)
    world.run(10.0)
    assert (one.count, two.count) == (3, 3)
    world.run(8.0)
    assert {one.bottom_line, two.bottom_line} == {"Instances: Session closed"}
    assert "session_discovery/S1" in world.retained


def test_a_clock_that_is_behind_takes_a_dead_creator_for_alive() -> None:
    """For as long as it is behind, and 15 s more."""
    world = World()
    (creator,) = world.session()
    joiner = world.instance("joiner", ahead=-60.0)
    world.click(joiner.join, "S1")
    world.run(10.0)
    world.kill(creator)
    world.run(68.0)
    assert joiner.message is None
    world.run(10.0)
    assert joiner.message is not None


def test_a_killed_member_never_leaves_the_count() -> None:
    """There is no will, and nobody looks."""
    world = World()
    creator, member, killed = world.session(joiners=2)
    world.kill(killed)
    world.run(600.0)
    assert (creator.count, member.count) == (3, 3)


def test_a_clean_leave_is_seen_at_once() -> None:
    """The only way to leave that is."""
    world = World()
    creator, member, leaving = world.session(joiners=2)
    world.click(leaving.leave)
    world.run(0.05)
    assert (creator.count, member.count, leaving.count) == (2, 2, 0)


def test_the_creator_closes_the_session_when_it_leaves() -> None:
    """And takes it from the lists."""
    world = World()
    viewer = world.instance("viewer")
    world.click(viewer.list_sessions)
    creator, member = world.session(joiners=1)
    assert viewer.rows == {"S1": "Peer model (2/2-4 instances (Ready))"}
    world.click(creator.leave)
    world.run(1.0)
    assert member.message is not None
    assert viewer.rows == {}
    assert "session_discovery/S1" not in world.retained


def test_a_session_without_survivors_stays_listed() -> None:
    """In a viewer that is open; one that comes later ignores what is older than 15 s."""
    world = World()
    viewer, later = world.instance("viewer"), world.instance("later")
    world.click(viewer.list_sessions)
    (creator,) = world.session()
    world.kill(creator)
    world.run(600.0)
    world.click(later.list_sessions)
    world.run(1.0)
    assert list(viewer.rows) == ["S1"]
    assert later.rows == {}


def test_nobody_hears_anything_after_a_restart_of_the_broker() -> None:
    """A newcomer is erased by the next heartbeat, from a copy that does not know it."""
    world = World()
    creator, member = world.session(joiners=1)
    world.restart_broker()
    newcomer = world.instance("newcomer")
    world.click(newcomer.join, "S1")
    world.run(4.0)
    assert (creator.count, member.count, newcomer.count) == (2, 2, 3)
    world.run(5.0)
    assert (creator.count, member.count, newcomer.count) == (2, 2, 2)


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_normal_game_leaves_topics(number: int) -> None:
    """Three of the session, and two of each instance."""
    world = World()
    members = world.session(most=5, joiners=number - 1)
    world.click(members[0].start)
    world.run(1.0)
    for position, member in enumerate(members):
        world.click(member.choose_role, f"Player {position}")
    world.run(5.0)
    assert all(member.roles is not None and member.roles.all_selected for member in members)
    for member in reversed(members):
        world.click(member.leave)
        world.run(1.0)
    assert len(world.retained) == 3 + 2 * number


def test_two_who_click_the_same_role_are_both_refused() -> None:
    """Each sees the other's reservation, and gives up its own."""
    world = World()
    members = world.session(joiners=1)
    world.click(members[0].start)
    world.run(1.0)
    for member in members:
        world.click(member.choose_role, "Player 1")
    world.run(5.0)
    for member in members:
        assert member.roles is not None
        assert (member.roles.player, member.roles.refused) == (None, True)
        assert member.roles.row("Player 1") == "Player 1"


def test_changing_the_session_leads_to_different_seeds() -> None:
    """The seed of the first session is kept."""
    world = World()
    other = world.instance("other", seed=7)
    world.click(other.create, "S0")
    world.run(5.0)
    changer = world.instance("changer")
    world.click(changer.join, "S0")
    world.run(5.0)
    world.click(changer.leave)
    (creator,) = world.session()
    world.click(changer.join, "S1")
    world.run(5.0)
    assert creator.count == changer.count == 2
    assert changer.seed == 7 != creator.seed
