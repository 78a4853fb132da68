"""`SGDistributedSession` (S9): what modellers know, and what travels."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from headcount.sge.protocol.session import SGDistributedSession, local_now

FIELDS = [
    *("session_id", "creator_client_id", "model_name", "state", "connected_instances"),
    *("version", "last_heartbeat", "created_at", "last_updated"),
    *("num_players_min", "num_players_max"),
]


def session(**changes: Any) -> SGDistributedSession:
    """Return a new session of one."""
    made = SGDistributedSession("S1", "ana", "Sea", 2, 3)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_its_creator_is_counted_at_once() -> None:
    """Section 4: connected from the beginning, version 1."""
    made = session()
    assert made.connected_instances == ["ana"]
    assert (made.version, made.get_num_connected()) == (1, 1)
    assert made.is_creator("ana")
    assert made.is_open()
    assert made.is_joinable()
    assert made.is_active()


def test_adding_and_removing_count_once() -> None:
    """What is there already, or not there, changes nothing and says so."""
    made = session()
    assert made.add_instance("ben")
    assert not made.add_instance("ben")
    assert made.version == 2
    assert made.remove_instance("ben")
    assert not made.remove_instance("ben")
    assert made.version == 3


def test_a_full_or_closed_session_accepts_nobody() -> None:
    """S9: `can_accept_more_instances`."""
    made = session(connected_instances=["a", "b", "c"])
    assert not made.add_instance("d")
    assert not made.is_joinable()
    over = session()
    over.close()
    assert not over.add_instance("b")
    assert over.is_closed()
    assert over.is_expired()
    assert not over.is_active()


def test_starting_and_a_heartbeat() -> None:
    """A heartbeat leaves the version; a start does not."""
    made = session(last_heartbeat=datetime.now() - timedelta(seconds=16))
    assert made.is_expired()
    made.update_heartbeat()
    assert not made.is_expired()
    assert made.version == 1
    made.start()
    assert made.is_started()
    assert made.version == 2


def test_eleven_fields_travel_with_naive_times() -> None:
    """Section 1: exactly these; a zone would make an existing instance drop the update."""
    fields = session().to_dict()
    assert list(fields) == FIELDS
    for name in ("last_heartbeat", "created_at", "last_updated"):
        assert datetime.fromisoformat(fields[name]).tzinfo is None
    assert SGDistributedSession.from_dict(fields).to_dict() == fields
    assert SGDistributedSession.from_dict({**fields, "more": 1}).to_dict() == fields


def test_a_time_with_a_zone_becomes_local() -> None:
    """So that it can be compared with the others."""
    told = {**session().to_dict(), "last_heartbeat": "2026-05-01T12:00:00+00:00"}
    read = SGDistributedSession.from_dict(told)
    utc = datetime.fromisoformat("2026-05-01T12:00:00+00:00").timestamp()
    assert read.last_heartbeat.isoformat() == local_now(utc)


@pytest.mark.parametrize(
    "wrong",
    [
        {"session_id": None},
        {"session_id": ""},
        {"creator_client_id": 7},
        {"state": "asleep"},
        {"connected_instances": "ana"},
        {"connected_instances": [1]},
        {"version": True},
        {"version": 1.5},
        {"version": -1},
        {"num_players_max": "4"},
        {"created_at": 12},
        {"created_at": "yesterday"},
    ],
)
def test_what_is_no_session_is_refused(wrong: dict[str, Any]) -> None:
    """`from_dict` names the field."""
    with pytest.raises(ValueError):
        SGDistributedSession.from_dict({**session().to_dict(), **wrong})


@pytest.mark.parametrize("missing", ["session_id", "creator_client_id"])
def test_two_fields_are_needed(missing: str) -> None:
    """The others have defaults."""
    fields = {"session_id": "S1", "creator_client_id": "ana"}
    assert SGDistributedSession.from_dict(fields).model_name == "Unknown"
    del fields[missing]
    with pytest.raises(ValueError, match=missing):
        SGDistributedSession.from_dict(fields)
