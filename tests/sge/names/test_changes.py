"""What an updater has changed, as what to ask the host for (S18)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from headcount.core.messages import Change, Close, Kick, Patch, Start
from headcount.errors import BadInputError
from headcount.sge.names.changes import Changes, changes, check
from headcount.sge.protocol.session import SGDistributedSession


def made(change: Callable[[SGDistributedSession], object], state: str = "open") -> Changes:
    """Return what a change of a session of `ana` and `ben` asks for, if `ben` makes it."""
    before = SGDistributedSession("sea", "ana", "Sea", 2, 4)
    before.connected_instances = ["ana", "ben"]
    before.state = state  # type: ignore[assignment]
    after = copy.deepcopy(before)
    change(after)
    return changes(before, after, "ben")


def test_nothing_asks_for_nothing() -> None:
    """A heartbeat included: it is the host's."""
    assert made(lambda session: session.update_heartbeat()) == Changes(None, False, False, ())


def test_fields_and_properties_travel_together() -> None:
    """With the values they had, so that the host can refuse what has moved."""

    def change(session: SGDistributedSession) -> None:
        session.num_players_max = 6
        session.properties["round"] = 1

    assert made(change).patch == Patch(
        [
            Change("num_players_max", 4, 6),
            Change("properties.round", None, 1, True, False),
        ]
    )


def test_as_many_as_find_room_is_no_bound() -> None:
    """Our state has no number there."""

    def change(session: SGDistributedSession) -> None:
        session.num_players_max = 250

    assert made(change).patch == Patch([Change("num_players_max", 4, None)])


def test_coming_going_starting_ending() -> None:
    """One's own part by joining and leaving, the rest by asking."""
    assert made(lambda session: session.remove_instance("ben")).leaves
    assert made(lambda session: session.remove_instance("ana")).asks == (Kick("ana"),)
    assert made(lambda session: session.start()).asks == (Start(0.0),)
    assert made(lambda session: session.close()).asks == (Close(),)
    before = SGDistributedSession("sea", "ana")
    after = copy.deepcopy(before)
    after.add_instance("ben")
    assert changes(before, after, "ben").joins


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda session: setattr(session, "session_id", "pond"), "session_id"),
        (lambda session: setattr(session, "creator_client_id", "ben"), "creator"),
        (lambda session: session.add_instance("chloe"), "own client id"),
    ],
)
def test_what_cannot_be_changed_is_said(
    change: Callable[[SGDistributedSession], object], why: str
) -> None:
    """Nothing of it is done."""
    with pytest.raises(BadInputError, match=why):
        made(change)


def test_what_is_started_does_not_open_again() -> None:
    """A closed session neither."""
    with pytest.raises(BadInputError, match="started"):
        made(lambda session: setattr(session, "state", "open"), state="started")


@pytest.mark.parametrize("instances", [None, "ana", ["ana", 1], ("ana",)])
def test_what_is_no_list_of_instances(instances: Any) -> None:
    """An updater may leave anything."""
    with pytest.raises(BadInputError, match="connected_instances"):
        made(lambda session: setattr(session, "connected_instances", instances))


@pytest.mark.parametrize(("updater", "retries"), [(None, 3), (len, -1), (len, True), (len, "3")])
def test_what_no_update_can_be_begun_with(updater: Any, retries: Any) -> None:
    """It says which."""
    with pytest.raises(BadInputError, match=r"(updater|max_retries) is"):
        check(updater, retries)
