"""What is read of a session, all of it from one state."""

from __future__ import annotations

from headcount.core.state import Incarnation, Member, SessionState
from headcount.view import View


class Fixed(View):
    """A view of a state that does not change."""

    def __init__(self, client_id: str, state: SessionState) -> None:
        self._client_id = client_id
        self._state = state

    @property
    def id(self) -> str:
        """The session's id."""
        return self._state.session_id

    @property
    def client_id(self) -> str:
        """Who reads."""
        return self._client_id

    @property
    def state(self) -> SessionState:
        """The state."""
        return self._state

    @property
    def closed_reason(self) -> str | None:
        """Never over."""
        return None


def state() -> SessionState:
    """Return a session of two, one of them away."""
    ann = Member("Ann", "2025-01-01T00:00:00Z", 1, Incarnation("n1", 1), role="mayor")
    ben = Member("Ben", "2025-01-01T00:00:00Z", 2, Incarnation("n2", 1), status="away")
    return SessionState(
        session_id="demo",
        session_uid="u1",
        creator_client_id="ann",
        host_client_id="ann",
        incarnation=ann.incarnation,
        epoch=1,
        version=1,
        model_name="Sea",
        created_at="2025-01-01T00:00:00Z",
        last_updated="2025-01-01T00:00:00Z",
        last_heartbeat="2025-01-01T00:00:00Z",
        members={"ann": ann, "ben": ben},
        connected_instances=["ann"],
        num_players_min=1,
        num_players_max=4,
        seed=42,
        roles=["mayor"],
        properties={"list": [1]},
    )


def test_everything_comes_from_the_state() -> None:
    """The number above all: who is away does not count."""
    view = Fixed("ann", state())
    assert (view.id, view.uid, view.count, view.seed) == ("demo", "u1", 1, 42)
    assert list(view.members) == ["ann", "ben"]
    assert (view.roles, view.role, view.is_host) == (["mayor"], "mayor", True)
    assert not Fixed("ben", state()).is_host
    assert Fixed("eve", state()).role is None


def test_what_is_handed_out_can_be_changed_without_harm() -> None:
    """All others read the same state."""
    view = Fixed("ann", state())
    view.properties["list"].append(2)
    view.members.clear()
    view.roles.clear()
    assert view.properties == {"list": [1]}
    assert len(view.members) == 2
    assert view.roles == ["mayor"]


def test_random_numbers_come_from_the_seed() -> None:
    """Two instances draw the same."""
    ann, ben = Fixed("ann", state()), Fixed("ben", state())
    assert ann.rng("fish").random() == ben.rng("fish").random()
    assert ann.numpy_rng("fish").random() == ben.numpy_rng("fish").random()
