"""The life of a session, in one table.

``open`` takes members; ``starting`` counts down; ``started`` plays; ``closed`` is the end,
and terminal for its uid. A countdown falls back to ``open`` when somebody cancels it, when
too few seats are taken, or when the host is lost, since the one who counted is gone.
"""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where in its life a session is; on the wire the field is named `state`."""

    OPEN = "open"
    STARTING = "starting"
    STARTED = "started"
    CLOSED = "closed"


class Turn(StrEnum):
    """What may move a session from one phase to another."""

    START = "start"
    COUNT_DOWN = "count down"
    COUNTED = "countdown over"
    CANCEL = "cancel"
    TOO_FEW = "below the minimum"
    TAKE_OVER = "taken over"
    CLOSE = "close"


TRANSITIONS: dict[tuple[Phase, Turn], Phase] = {
    (Phase.OPEN, Turn.START): Phase.STARTED,
    (Phase.OPEN, Turn.COUNT_DOWN): Phase.STARTING,
    (Phase.OPEN, Turn.TAKE_OVER): Phase.OPEN,
    (Phase.OPEN, Turn.CLOSE): Phase.CLOSED,
    (Phase.STARTING, Turn.START): Phase.STARTED,
    (Phase.STARTING, Turn.COUNTED): Phase.STARTED,
    (Phase.STARTING, Turn.CANCEL): Phase.OPEN,
    (Phase.STARTING, Turn.TOO_FEW): Phase.OPEN,
    (Phase.STARTING, Turn.TAKE_OVER): Phase.OPEN,
    (Phase.STARTING, Turn.CLOSE): Phase.CLOSED,
    (Phase.STARTED, Turn.TAKE_OVER): Phase.STARTED,
    (Phase.STARTED, Turn.CLOSE): Phase.CLOSED,
}


def after(phase: Phase, turn: Turn) -> Phase | None:
    """Return the phase that `turn` leads to from `phase`, or None when it may not happen."""
    return TRANSITIONS.get((phase, turn))


def diagram() -> str:
    """Return the table as a Mermaid state diagram; the documentation is made from it."""
    lines = ["stateDiagram-v2", "    [*] --> open"]
    lines += [f"    {phase} --> {target}: {turn}" for (phase, turn), target in TRANSITIONS.items()]
    return "\n".join([*lines, "    closed --> [*]", ""])
