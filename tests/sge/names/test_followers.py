"""Who is told what of sessions."""

from __future__ import annotations

import msgspec

from headcount.core.state import SessionState
from headcount.sge.names.followers import Players, SessionFollowers
from headcount.sge.session import SGDistributedSession
from headcount.sge.translation import state_of


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
