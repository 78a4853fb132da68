"""The states of the connection dialog."""

from __future__ import annotations

import pytest

from headcount.sge.stages import ConnectionState, SGConnectionStateManager, state_for


def test_who_listens_is_told_of_every_change() -> None:
    """Old and new; what is not allowed changes nothing and says so."""
    states, told = SGConnectionStateManager(), list[tuple[str, str]]()
    states.on_state_changed(lambda old, new: told.append((old, new)))
    assert not states.transition_to(ConnectionState.READY_MAX)
    assert states.transition_to(ConnectionState.CONNECTING)
    assert not states.transition_to(ConnectionState.CONNECTING)
    assert states.transition_to(ConnectionState.READY_MIN)
    assert states.current_state == "ready_min"
    assert told == [("setup", "connecting"), ("connecting", "ready_min")]


def test_force_leads_anywhere() -> None:
    """From setup to ready at once."""
    states = SGConnectionStateManager()
    assert states.transition_to(ConnectionState.READY_MAX, force=True)
    assert states.transition_to(ConnectionState.SETUP)


@pytest.mark.parametrize(
    ("count", "state"), [(1, "waiting"), (2, "ready_min"), (3, "ready_min"), (4, "ready_max")]
)
def test_the_count_tells_the_state(count: int, state: str) -> None:
    """Below the minimum, from it on, and full."""
    assert state_for(count, 2, 4) == state
