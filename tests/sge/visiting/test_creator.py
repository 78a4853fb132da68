"""Whether a creator lives, by one's own hearing (S16)."""

from __future__ import annotations

from datetime import datetime

import pytest

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Publish
from headcount.sge.visiting.creator import DOUBTS, Creator

UTC = 1.8e9


def session(beat: float = 0.0, state: str = "open") -> SGDistributedSession:
    """Return a session of "old" with a heartbeat so many seconds from now."""
    made = SGDistributedSession("S1", "old")
    made.last_heartbeat = datetime.fromtimestamp(UTC + beat)
    made.state = state  # type: ignore[assignment]
    return made


def hear(creator: Creator, message: Publish, now: float, *, retained: bool = False) -> None:
    """Let a message arrive at one who knows the session."""
    read = wire.read(message.topic, message.payload, retained)
    assert read is not None
    creator.heard(read, session(), now, UTC)


@pytest.mark.parametrize(
    ("message", "alive"),
    [
        (wire.state(session(5.0)), True),
        (wire.state(session(0.0)), False),
        (wire.state(session(5.0, "closed")), False),
        (wire.discovery(session(), "old", UTC), True),
        (wire.discovery(session(), "other", UTC), False),
        (wire.seed("S1", "old", 42, True, UTC), False),
        (wire.clear("session_discovery/S1"), False),
    ],
)
def test_a_newer_heartbeat_and_its_discovery_are_signs_of_life(
    message: Publish, alive: bool
) -> None:
    """The state may be anybody's, and a window that was closed goes on telling the seed."""
    creator = Creator(0.0)
    hear(creator, message, 10.0)
    assert creator.is_alive is alive
    assert creator.silent_at == (10.0 if alive else 0.0) + wire.SILENT


@pytest.mark.parametrize(
    ("message", "alive"),
    [
        (wire.state(session(-14.0)), True),
        (wire.state(session(-16.0)), False),
        (wire.state(session(60.0)), True),
        (wire.state(session(0.0, "closed")), False),
        (wire.discovery(session(), "old", UTC - 14.0), True),
        (wire.discovery(session(), "old", UTC - 16.0), False),
        (wire.seed("S1", "old", 42, True, UTC), False),
    ],
)
def test_what_is_retained_is_believed_by_its_time(message: Publish, alive: bool) -> None:
    """For getting in; it does not put off the verdict on a creator that says nothing."""
    creator = Creator(0.0)
    hear(creator, message, 10.0, retained=True)
    assert creator.is_alive is alive
    assert creator.silent_at == wire.SILENT


def test_a_closing_is_doubted_for_a_while() -> None:
    """The first one begins it; a sign of life ends it."""
    creator = Creator(0.0)
    creator.doubt(1.0)
    creator.doubt(4.0)
    assert creator.is_doubted
    assert creator.doubted_until == 1.0 + DOUBTS
    hear(creator, wire.discovery(session(), "old", UTC), 5.0)
    assert not creator.is_doubted


def test_the_deaf_start_anew() -> None:
    """Rule R1."""
    creator = Creator(0.0)
    creator.restart(100.0)
    assert creator.silent_at == 100.0 + wire.SILENT
