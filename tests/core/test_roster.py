"""Who is there: leases and graces, folded into the state."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core.context import Context
from headcount.core.lifecycle import Phase
from headcount.core.roster import MAX_ENDED, UNGREETED, Roster
from headcount.core.state import Applied, Incarnation, Removal, SessionState
from tests.core.builders import NOW, context, hear_birth, incarnation, member, state

LEASE, GRACE, LONG_GRACE = 6.0, 1.5, 30.0


def roster(here: SessionState | None = None) -> tuple[Context, Roster, SessionState]:
    """Return the roster of a host with two members, all of whom it has heard."""
    context_, ours, given = inherited(here)
    for client_id in given.connected_instances:
        ours.alive(given, client_id, given.members[client_id].incarnation)
    return context_, ours, given


def inherited(here: SessionState | None = None) -> tuple[Context, Roster, SessionState]:
    """Return the roster of a new host that has heard nobody yet."""
    context_ = context("host")
    given = here or state("host", "a", "b")
    return context_, Roster(context_, given), given


def away(of: SessionState, client_id: str) -> SessionState:
    """Return the state with one member away."""
    return of.with_member(client_id, replace(of.members[client_id], status="away"))


def test_a_lease_that_ends_makes_a_member_away_and_a_grace_removes_it() -> None:
    """R3: at once out of the count, the seat held for the grace, then removed as silent."""
    context_, ours, given = roster()
    ours.alive(given, "a", incarnation("a"))
    context_.now = NOW + LEASE - 0.1
    ours.alive(given, "b", incarnation("b"))
    assert ours.judge(given) is None
    context_.now = NOW + LEASE
    gone = ours.judge(given)
    assert gone == away(given, "a")
    assert gone.connected_instances == ["host", "b"]
    assert ours.judge(gone) is None
    context_.now = NOW + LEASE + GRACE
    removed = ours.judge(gone)
    assert removed is not None
    assert removed.removed == {"a": Removal("silent")}
    assert list(removed.members) == ["host", "b"]


@pytest.mark.parametrize(
    ("phase", "grace"),
    [(Phase.OPEN, GRACE), (Phase.STARTING, GRACE), (Phase.STARTED, LONG_GRACE)],
)
def test_how_long_a_seat_is_held(phase: Phase, grace: float) -> None:
    """R3: 1.5 s in the lobby, 30 s once started."""
    context_, ours, given = roster(state("host", "a", phase=phase))
    gone = ours.died(given, "a", incarnation("a"))
    assert gone == away(given, "a")
    context_.now = NOW + grace - 0.001
    assert ours.judge(gone) is None
    assert ours.next_deadline() == NOW + grace
    context_.now = NOW + grace
    assert ours.judge(gone) is not None


def test_a_beat_within_the_grace_brings_back() -> None:
    """R3: of the recorded or a newer connection of the same process."""
    context_, ours, given = roster()
    gone = ours.died(given, "a", incarnation("a", 1))
    assert gone is not None
    back = ours.alive(gone, "a", incarnation("a", 2))
    assert back is not None
    assert back.members["a"] == replace(given.members["a"], incarnation=incarnation("a", 2))
    context_.now = NOW + GRACE
    assert ours.judge(back) is None


def test_a_death_is_a_hint_that_a_beat_refutes() -> None:
    """R3: a beat of the recorded incarnation brings back, one of an earlier connection does not."""
    _, ours, given = roster()
    gone = ours.died(given, "a", incarnation("a", 2))
    assert gone is not None
    assert ours.alive(gone, "a", incarnation("a", 1)) is None
    assert ours.ended(incarnation("a", 2))
    assert not ours.ended(incarnation("a", 3))
    back = ours.alive(gone, "a", incarnation("a", 2))
    assert back is not None
    assert back.members["a"].status == "connected"
    assert not ours.ended(incarnation("a", 2))


def test_a_late_death_of_an_earlier_connection_touches_nothing() -> None:
    """R3: the will of a connection that was replaced meanwhile."""
    _, ours, given = roster()
    here = ours.alive(given, "a", incarnation("a", 2))
    assert here is not None
    assert ours.died(here, "a", incarnation("a", 1)) is None


@pytest.mark.parametrize("nonce", ["other", "n_b"])
def test_a_death_of_another_process_touches_nothing(nonce: str) -> None:
    """R12: deaths of foreign nonces are ignored."""
    _, ours, given = roster()
    assert ours.died(given, "a", Incarnation(nonce, 99)) is None


def test_a_beat_of_another_process_renews_nothing() -> None:
    """Order exists only within a nonce."""
    context_, ours, given = roster()
    context_.now = NOW + 5.0
    assert ours.alive(given, "a", Incarnation("other", 9)) is None
    context_.now = NOW + LEASE
    assert ours.judge(given) == away(away(given, "a"), "b")


def test_hearing_of_strangers_and_of_oneself_changes_nothing() -> None:
    """The host holds no lease on itself, and strangers have none."""
    _, ours, given = roster()
    assert ours.alive(given, "evil", incarnation("evil")) is None
    assert ours.alive(given, "host", incarnation("host", 5)) is None
    assert ours.died(given, "evil", incarnation("evil")) is None
    assert ours.died(given, "host", incarnation("host")) is None


def test_folding_twice_changes_nothing_more() -> None:
    """A repeated death, a repeated beat."""
    _, ours, given = roster()
    gone = ours.died(given, "a", incarnation("a"))
    assert gone is not None
    assert ours.died(gone, "a", incarnation("a")) is None
    assert ours.alive(given, "b", incarnation("b")) is None


def test_a_successor_restarts_the_graces() -> None:
    """R5: members who are away get their grace from the new host."""
    given = away(state("host", "a"), "a")
    context_, ours, _ = roster(given)
    assert ours.next_deadline() == NOW + GRACE
    context_.now = NOW + GRACE
    removed = ours.judge(given)
    assert removed is not None
    assert "a" not in removed.members


def test_who_came_back_unseen_is_not_removed_by_an_old_grace() -> None:
    """Resuming the seat is enough: the state says who is here."""
    context_, ours, given = roster()
    assert ours.died(given, "a", incarnation("a")) is not None
    context_.now = NOW + GRACE
    assert ours.judge(given) is None


def test_a_removal_keeps_the_last_request() -> None:
    """So that an old request stays void when its sender is gone."""
    members = {"host": member("host"), "a": member("a", 2, applied=Applied("n_a", 4))}
    context_, ours, given = roster(away(state(members=members), "a"))
    context_.now = NOW + GRACE
    removed = ours.judge(given)
    assert removed is not None
    assert removed.removed == {"a": Removal("silent", Applied("n_a", 4))}


def test_a_newcomer_is_expected_to_be_heard() -> None:
    """A lease begins with the seat; it ends with it."""
    context_, ours, given = roster(state("host"))
    more = given.with_member("a", member("a", 2))
    ours.follow(given.members, more)
    assert ours.next_deadline() == NOW + LEASE
    ours.follow(more.members, given)
    assert ours.next_deadline() is None
    context_.now = NOW + LEASE
    assert ours.judge(more) is None


def test_time_in_which_one_was_deaf_is_held_against_nobody() -> None:
    """R1: a stall lengthens leases and graces, a new connection starts them anew."""
    context_, ours, given = roster()
    gone = ours.died(given, "a", incarnation("a"))
    assert gone is not None
    ours.stalled(10.0)
    context_.now = NOW + 11.0
    assert ours.judge(gone) is None
    hear_birth(context_)
    ours.link_up()
    assert ours.next_deadline() == NOW + 11.0 + 1.0


def test_the_memory_of_the_dead_is_bounded() -> None:
    """The oldest is forgotten first; a later death is remembered, not an earlier one."""
    _, ours, given = roster()
    for number in range(MAX_ENDED):
        ours.died(given, "x", Incarnation(f"n{number}", 1))
    ours.died(given, "x", Incarnation("n0", 0))
    assert ours.ended(Incarnation("n0", 1))
    ours.died(given, "x", Incarnation("more", 1))
    assert not ours.ended(Incarnation("n1", 1))
    assert ours.ended(Incarnation("n0", 1))


def test_a_new_host_gives_who_has_not_greeted_it_time_to_refute_a_death() -> None:
    """R3: a will may be of an earlier connection than the one only the lost host knew of."""
    context_, ours, given = inherited()
    assert ours.died(given, "a", incarnation("a")) is None
    assert ours.died(given, "b", incarnation("b")) is None
    context_.now = NOW + 0.2
    newer = Incarnation("n_b", 2)
    back = ours.alive(given, "b", newer)
    assert back is not None
    assert back.members["b"].incarnation == newer
    context_.now = NOW + UNGREETED
    assert ours.judge(back) == away(back, "a")


def test_a_second_death_of_who_has_not_greeted_is_believed_at_once() -> None:
    """Deaths said again and again keep nobody."""
    _, ours, given = inherited()
    assert ours.died(given, "a", incarnation("a")) is None
    assert ours.died(given, "a", incarnation("a")) == away(given, "a")


def test_a_new_process_in_a_seat_that_is_away_has_a_lease() -> None:
    """R3: whoever resumes a seat and is never heard again is noticed, and no old grace ends it."""
    context_, ours, given = roster()
    gone = ours.died(given, "a", incarnation("a"))
    assert gone is not None
    back = gone.with_member("a", member("a", incarnation=Incarnation("other", 1)))
    ours.follow(gone.members, back)
    context_.now = NOW + LEASE - 0.1
    ours.alive(back, "b", incarnation("b"))
    assert ours.judge(back) is None
    context_.now = NOW + LEASE
    assert ours.judge(back) == away(back, "a")
