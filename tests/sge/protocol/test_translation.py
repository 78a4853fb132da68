"""A session of ours in SGE's words."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core.lifecycle import Phase
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.translation import session_of, state_of
from tests.core import builders as b


def test_what_they_know_is_told() -> None:
    """The eleven fields, with naive times."""
    session = session_of(b.state("host", "a", num_players_min=2, num_players_max=4, version=9))
    assert session.connected_instances == ["host", "a"]
    assert (session.num_players_min, session.num_players_max, session.version) == (2, 4, 9)
    assert session.created_at.tzinfo is None


@pytest.mark.parametrize(
    ("phase", "told"),
    [
        (Phase.OPEN, "open"),
        (Phase.STARTING, "open"),
        (Phase.STARTED, "started"),
        (Phase.CLOSED, "closed"),
    ],
)
def test_they_know_three_phases(phase: Phase, told: str) -> None:
    """A countdown is open to them."""
    assert session_of(replace(b.state(), phase=phase)).state == told


def test_without_a_maximum_there_is_ours() -> None:
    """They need a number."""
    assert session_of(b.state(num_players_max=None)).num_players_max == 250


def test_who_took_a_role_under_a_new_id_is_one_of_those_who_have_none() -> None:
    """An existing joiner's id changes at its launch; its creator's and one's own do not."""
    session = SGDistributedSession("sea", "creator", "Sea", 1, 4)
    session.connected_instances = ["creator", "me", "joiner"]
    state = state_of(session, 1, seed=5, holders={"Mayor": "new-id", "Fisher": "me"}, own="me")
    assert {c: member.role for c, member in state.members.items()} == {
        "creator": None,
        "me": "Fisher",
        "joiner": "Mayor",
    }
    assert state.roles == ["Fisher", "Mayor"]
    assert (state.count, state.seed, state.version) == (3, 5, 1)
