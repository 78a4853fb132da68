"""The life of a session, in one table."""

from __future__ import annotations

import pytest

from headcount.core.lifecycle import TRANSITIONS, Phase, Turn, after, diagram

OPEN, STARTING, STARTED, CLOSED = Phase
EXPECTED: dict[Turn, tuple[Phase | None, Phase | None, Phase | None]] = {
    # from           open  starting started
    Turn.START: (STARTED, STARTED, None),
    Turn.COUNT_DOWN: (STARTING, None, None),
    Turn.COUNTED: (None, STARTED, None),
    Turn.CANCEL: (None, OPEN, None),
    Turn.TOO_FEW: (None, OPEN, None),
    Turn.TAKE_OVER: (OPEN, OPEN, STARTED),
    Turn.CLOSE: (CLOSED, CLOSED, CLOSED),
}


@pytest.mark.parametrize("turn", Turn)
@pytest.mark.parametrize(("column", "phase"), list(enumerate((OPEN, STARTING, STARTED))))
def test_every_turn_from_every_phase(turn: Turn, column: int, phase: Phase) -> None:
    """The table says of every pair where it leads, or that it may not happen."""
    assert after(phase, turn) is EXPECTED[turn][column]


@pytest.mark.parametrize("turn", Turn)
def test_closed_is_the_end(turn: Turn) -> None:
    """Nothing leads out of `closed` (invariant 8)."""
    assert after(CLOSED, turn) is None


def test_the_names_on_the_wire_are_those_that_clients_know() -> None:
    """S9 and the design name the phases."""
    assert [phase.value for phase in Phase] == ["open", "starting", "started", "closed"]


def test_the_diagram_is_made_from_the_table() -> None:
    """One line for each transition, in order, between the beginning and the end."""
    lines = diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> open"]
    assert lines[-1] == "    closed --> [*]"
    assert lines[2:-1] == [f"    {a} --> {b}: {turn}" for (a, turn), b in TRANSITIONS.items()]
    assert "    starting --> open: cancel" in lines
