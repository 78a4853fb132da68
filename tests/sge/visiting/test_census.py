"""Who is in a session of existing instances, by what each says of itself."""

from __future__ import annotations

from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Publish
from headcount.sge.visiting.census import MAX_KNOWN, Census

UTC = 1.8e9


def hear(census: Census, message: Publish, now: float, *, retained: bool = False) -> None:
    """Let a message arrive."""
    read = wire.read(message.topic, message.payload, retained)
    assert read is not None
    census.heard(read, now)


def corrected(census: Census, now: float, *instances: str) -> list[str]:
    """Return who is there; the state names its creator "old" and these."""
    session = SGDistributedSession("S1", "old")
    session.connected_instances = list(instances)
    return census.corrected(session, "me", now)


def test_the_state_is_believed_at_first() -> None:
    """For as long as others may simply not have said anything yet."""
    census = Census()
    census.restart(100.0)
    assert corrected(census, 114.9, "old", "a") == ["old", "a", "me"]
    assert corrected(census, 115.1, "old", "a") == ["old", "me"]


def test_who_was_overwritten_comes_back() -> None:
    """Ready for 6 s, heard, and not in the state."""
    census = Census()
    hear(census, wire.ready("S1", "a", UTC), 0.0, retained=True)
    hear(census, wire.ready("S1", "ghost", UTC), 0.0, retained=True)
    hear(census, wire.seed("S1", "a", 5, False, UTC), 5.0)
    assert corrected(census, 5.9, "old") == ["old", "me"]
    assert corrected(census, 6.0, "old") == ["old", "a", "me"]


def test_who_left_stays_away() -> None:
    """S2: whatever state brings it back; until it is ready once more."""
    census = Census()
    hear(census, wire.ready("S1", "a", UTC), 0.0)
    hear(census, wire.disconnect("S1", "a", None, UTC), 10.0)
    assert corrected(census, 10.0, "old", "a") == ["old", "me"]
    hear(census, wire.ready("S1", "a", UTC), 12.0)
    assert corrected(census, 13.0, "old", "a") == ["old", "a", "me"]
    hear(census, wire.clear("S1/session_instance_ready/a"), 20.0)
    assert corrected(census, 21.0, "old", "a") == ["old", "me"]


def test_memory_is_bounded() -> None:
    """Anybody may publish anything."""
    census = Census()
    for number in range(MAX_KNOWN + 10):
        hear(census, wire.ready("S1", f"c{number}", UTC), 0.0)
    assert len(census.ready) == MAX_KNOWN
