"""The session state and the order between two of them."""

from __future__ import annotations

import itertools

import pytest
from msgspec.structs import replace

from headcount.core.codec import encode
from headcount.core.lifecycle import Phase, Turn
from headcount.core.state import (
    MAX_MEMBERS,
    MAX_REMOVED,
    MAX_STATE_BYTES,
    Applied,
    Incarnation,
    Removal,
    SessionState,
    connected,
)
from tests.core.builders import UTC, incarnation, member, state

LOW, HIGH = {"host_client_id": "a"}, {"host_client_id": "b"}


@pytest.mark.parametrize(
    ("one", "other", "later"),
    [
        (state(epoch=2, version=1), state(epoch=1, version=9), True),
        (state(epoch=1, version=9), state(epoch=2, version=1), False),
        (state(version=6), state(version=5), True),
        (state(version=5), state(version=5), False),
        (state(version=4), state(version=5), False),
        (state(**LOW, version=1), state(**HIGH, version=9), True),
        (state(**HIGH, version=9), state(**LOW, version=1), False),
        (state(**HIGH, epoch=2), state(**LOW, epoch=1), True),
    ],
)
def test_which_state_is_later(one: SessionState, other: SessionState, later: bool) -> None:
    """Epoch, then the smaller host id, then version (section 3.1, "Order")."""
    assert one.supersedes(other) is later


def test_the_order_is_one_order() -> None:
    """Of two different states exactly one is later, and the order has no circle."""
    marks = itertools.product((1, 2), ("a", "b"), (1, 2))
    states = [state(epoch=e, host_client_id=h, version=v) for e, h, v in marks]
    for one, other in itertools.permutations(states, 2):
        assert one.supersedes(other) is not other.supersedes(one)
    for one, two, three in itertools.permutations(states, 3):
        if one.supersedes(two) and two.supersedes(three):
            assert one.supersedes(three)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"model_name": "x"}, True),
        ({"session_uid": "x"}, False),
        ({"epoch": 2}, False),
        ({"version": 6}, False),
        ({"host_client_id": "a"}, False),
    ],
)
def test_what_makes_two_states_one(changes: dict[str, object], same: bool) -> None:
    """Uid, epoch, host and version name a published state."""
    assert state().same_as(state(**changes)) is same


def test_the_number_shown_is_that_of_the_connected() -> None:
    """Invariant 2: in the order of joining, those away left out."""
    members = {
        "c": member("c", 3),
        "a": member("a", 1),
        "b": member("b", 2, status="away"),
    }
    assert connected(members) == ["a", "c"]
    here = state(members=members, host_client_id="a")
    assert here.count == 2
    assert here.successors() == ["c"]
    assert connected({}) == []


def test_members_who_joined_with_one_number_are_ordered_by_id() -> None:
    """After a split two may have the same number; every reader still has one order."""
    assert connected({"b": member("b", 1), "a": member("a", 1)}) == ["a", "b"]


@pytest.mark.parametrize(
    ("changes", "joinable"),
    [
        ({}, True),
        ({"num_players_max": 2}, False),
        ({"num_players_max": None}, True),
        ({"phase": Phase.STARTING}, False),
        ({"phase": Phase.STARTED}, False),
        ({"phase": Phase.CLOSED}, False),
    ],
)
def test_whether_a_newcomer_would_find_a_seat(changes: dict[str, object], joinable: bool) -> None:
    """While open and below the maximum (section 3.3)."""
    assert state("host", "a", **changes).joinable is joinable


def test_who_is_away_holds_the_seat() -> None:
    """Seats taken count members who are away."""
    members = {"host": member("host", 1), "a": member("a", 2, status="away")}
    assert state(members=members, num_players_max=2).joinable is False


def test_putting_a_member_in_and_taking_one_out_counts_anew() -> None:
    """The count follows the members; doing it twice changes nothing."""
    two = state("host").with_member("a", member("a", 2))
    assert two.connected_instances == ["host", "a"]
    assert two.with_member("a", member("a", 2)) == two
    one = two.without_member("a", Removal("left"))
    assert one.connected_instances == ["host"]
    assert one.removed == {"a": Removal("left")}
    assert one.without_member("a", Removal("left")) == one


def test_the_list_of_the_removed_is_bounded_and_kicks_are_kept() -> None:
    """Who left by himself is forgotten first; a kick is a decision that lasts."""
    here = state("host").without_member("kicked", Removal("kicked"))
    for number in range(2 * MAX_REMOVED):
        here = here.without_member(f"c{number}", Removal("left"))
    assert len(here.removed) == MAX_REMOVED
    assert here.removed["kicked"] == Removal("kicked")
    assert f"c{2 * MAX_REMOVED - 1}" in here.removed
    assert "c0" not in here.removed


def test_even_kicks_are_bounded() -> None:
    """A state has a greatest size: the oldest kick goes when there are only kicks."""
    here = state("host")
    for number in range(MAX_REMOVED + 1):
        here = here.without_member(f"c{number}", Removal("kicked"))
    assert len(here.removed) == MAX_REMOVED
    assert "c0" not in here.removed


def test_a_full_session_of_ordinary_people_fits_into_a_message() -> None:
    """250 members, 256 removed and full properties stay below 256 kB."""
    members = {
        f"instance-{n:06d}": replace(
            member(f"Participant number {n}", n),
            incarnation=Incarnation("0123456789abcdef", 1),
            role=f"role number {n}",
            resume_hash="0" * 64,
            applied=Applied("0123456789abcdef", 1000),
        )
        for n in range(MAX_MEMBERS)
    }
    here = state(members=members, num_players_max=None)
    here = replace(
        here,
        properties={"x": "x" * 16_000},
        removed={f"instance-{n:06d}": Removal("silent", Applied("0" * 16, 9)) for n in range(256)},
    )
    assert len(encode(here)) < MAX_STATE_BYTES


def test_turning_ends_a_countdown() -> None:
    """Every turn to another phase leaves no countdown behind."""
    here = state(phase=Phase.STARTING, countdown=3.0)
    turned = here.turned(Turn.CANCEL)
    assert turned is not None
    assert (turned.phase, turned.countdown) == (Phase.OPEN, None)
    assert state().turned(Turn.CANCEL) is None


def test_who_holds_a_role() -> None:
    """One holder, or nobody."""
    members = {"host": member("host", 1), "a": member("a", 2, role="red")}
    assert state(members=members).role_holder("red") == "a"
    assert state(members=members).role_holder("blue") is None


@pytest.mark.parametrize(
    ("one", "other", "continues"),
    [
        (incarnation("a", 2), incarnation("a", 1), True),
        (incarnation("a", 1), incarnation("a", 1), True),
        (incarnation("a", 1), incarnation("a", 2), False),
        (incarnation("a", 9), incarnation("b", 1), False),
    ],
)
def test_order_between_connections_exists_within_a_process(
    one: Incarnation, other: Incarnation, continues: bool
) -> None:
    """Section 3.2: another nonce is another process."""
    assert one.continues(other) is continues


def test_times_are_text_for_people() -> None:
    """S9 names them; no rule reads them."""
    assert state().created_at == UTC
