"""To know one's own messages when they come back."""

from __future__ import annotations

from headcount.sge.hosting.echoes import MAX_KEPT, MESSAGES, STATES, Echoes
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Heard, Publish

UTC = 1.8e9


def read(message: Publish) -> Heard:
    """Return a message as it is heard."""
    heard = wire.read(message.topic, message.payload, False)
    assert heard is not None
    return heard


def test_ones_own_are_known_and_others_are_not() -> None:
    """By state, or by sender and time."""
    echoes = Echoes()
    state = wire.state(SGDistributedSession("S1", "ana"))
    ready = wire.ready("S1", "ana", UTC)
    for each in (state, ready):
        assert not echoes.hears(read(each))
        echoes.sends(each)
        assert echoes.hears(read(each))
    assert not echoes.hears(read(wire.ready("S1", "ana", UTC + 1)))


def test_a_clear_is_ones_own_once() -> None:
    """The next one is somebody else's."""
    echoes = Echoes()
    clear = wire.clear("S1/session_instance_ready/ana")
    echoes.sends(clear)
    assert [echoes.hears(read(clear)) for _ in range(2)] == [True, False]
    echoes.sends(clear)
    echoes.reconnected()
    assert not echoes.hears(read(clear))


def test_what_is_kept_is_known() -> None:
    """Whoever wrote it, until it is cleared."""
    echoes = Echoes()
    ready = wire.ready("S1", "ana", UTC)
    echoes.hears(read(ready))
    echoes.sends(wire.start("S1", "ana", False, UTC))
    assert echoes.kept == {ready.topic}
    echoes.hears(read(wire.clear(ready.topic)))
    assert echoes.kept == set()


def test_memory_is_bounded() -> None:
    """However much is said."""
    echoes = Echoes()
    for number in range(max(MAX_KEPT, MESSAGES) + 10):
        echoes.sends(wire.ready("S1", f"c{number}", UTC))
    for version in range(STATES + 10):
        made = SGDistributedSession("S1", "ana")
        made.version = version
        echoes.sends(wire.state(made))
    assert len(echoes.kept) == MAX_KEPT
    assert len(echoes._messages) == MESSAGES
    assert len(echoes._states) == STATES
