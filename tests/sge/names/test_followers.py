"""Who is told what of sessions."""

from __future__ import annotations

import msgspec
import pytest

from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.sge.names.followers import Players, SessionFollowers
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.translation import state_of


def state(version: int, holders: dict[str, str] | None = None, **changes: object) -> SessionState:
    """Return a state of a session with two instances."""
    session = SGDistributedSession("sea", "ana", "Sea", 1, 4)
    session.connected_instances = ["ana", "ben"]
    made = state_of(session, version, seed=1, holders=holders)
    return msgspec.structs.replace(made, **changes)


def test_a_change_is_told_once_and_the_end_at_last() -> None:
    """What one subscribes to late is told as well."""
    followers, told = SessionFollowers(), []
    followers.add("sea", lambda session: told.append((session.state, session.version)))
    first = state(1)
    for states in ({}, {"sea": first}, {"sea": first}, {"sea": state(2)}, {}, {}):
        followers.look(states)
    assert told == [("open", 1), ("open", 2), ("closed", 2)]


def test_one_who_comes_late_is_told_what_is() -> None:
    """Nothing of it happens twice for the others."""
    followers, told = SessionFollowers(), []
    followers.add("sea", lambda session: None)
    followers.look({"sea": state(1)})
    followers.add("sea", lambda session: told.append(session.version))
    assert told == [1]


def test_players_come_and_go() -> None:
    """One who takes another's role is both."""
    told: list[tuple[str, ...]] = []
    players = Players(
        lambda player: told.append(("came", player)), lambda p: told.append(("gone", p))
    )
    players.look(state(1, {"Mayor": "ana"}))
    players.add("sea", lambda *each: told.append(each))
    players.look(state(2, {"Mayor": "ben"}))
    assert told == [
        ("came", "Mayor"),
        ("ana", "Mayor", "reserve"),
        ("gone", "Mayor"),
        ("ana", "Mayor", "release"),
        ("came", "Mayor"),
        ("ben", "Mayor", "reserve"),
    ]
    told.clear()
    players.look(state(1, session_id="pond"))
    assert told == []


def test_an_end_that_was_told_is_not_told_again() -> None:
    """The last state may say it already."""
    followers, told = SessionFollowers(), []
    followers.add("sea", lambda session: told.append(session.state))
    for states in ({"sea": state(1)}, {"sea": state(2, phase=Phase.CLOSED)}, {}):
        followers.look(states)
    assert told == ["open", "closed"]


def test_a_callback_may_follow_another_session() -> None:
    """While the states are gone through."""
    followers, told = SessionFollowers(), []
    followers.add("sea", lambda session: followers.add("lake", told.append))
    followers.look({"sea": state(1)})
    followers.look({"sea": state(1), "lake": state(1)})
    assert len(told) == 1


def test_nothing_older_is_told_after_what_came_while_a_callback_waited() -> None:
    """The first of two waits, and lets a newer state come."""
    followers, told = SessionFollowers(), []

    def waits(session: SGDistributedSession) -> None:
        if session.version == 1:
            followers.look({"sea": state(2), "lake": state(2)})

    followers.add("sea", waits)
    followers.add("sea", lambda session: told.append(("sea", session.version)))
    followers.add("lake", lambda session: told.append(("lake", session.version)))
    followers.look({"sea": state(1), "lake": state(1)})
    assert told == [("sea", 2), ("lake", 2)]


def test_one_callback_harms_no_other() -> None:
    """Whether it raises, or changes what it is given."""
    followers, told = SessionFollowers(), []

    def bad(session: SGDistributedSession) -> None:
        session.connected_instances.clear()
        raise ValueError("a modeller's mistake")

    followers.add("sea", bad)
    followers.add("sea", lambda session: told.append(session.connected_instances))
    with pytest.raises(ValueError, match="mistake"):
        followers.look({"sea": state(1)})
    assert told == [["ana", "ben"]]


def test_players_are_told_in_order_though_a_callback_waits_or_raises() -> None:
    """Each has the same end, and nobody is told of a holder who is none any more."""
    told: list[tuple[str, ...]] = []
    players = Players(lambda player: None, lambda player: None)

    def waits(client_id: str, player: str, action: str) -> None:
        if (client_id, action) == ("ana", "reserve"):
            players.look(state(2, {"Mayor": "ben"}))
            raise ValueError("a modeller's mistake")

    players.add("sea", waits)
    players.add("sea", lambda *each: told.append(each))
    with pytest.raises(ValueError, match="mistake"):
        players.look(state(1, {"Fisher": "ben", "Mayor": "ana"}))
    holders = {player: client for client, player, action in told if action == "reserve"}
    assert holders["Mayor"] == "ben"
    assert ("ana", "Mayor", "release") in told
