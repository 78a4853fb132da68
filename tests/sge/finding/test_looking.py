"""The list of the sessions of existing instances (S21)."""

from __future__ import annotations

from datetime import datetime

from headcount.sge.finding.looking import MAX_SESSIONS, Listed, Looking
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Publish, Word

UTC = 1.8e9


class Look:
    """One list, and its time."""

    def __init__(self) -> None:
        self.list = Looking()
        self.now = 0.0

    def hear(self, message: Publish, *, retained: bool = False) -> list[list[tuple[str, int]]]:
        """Let a message arrive; return what is told."""
        read = wire.read(message.topic, message.payload, retained)
        assert read is not None
        return rows(self.list.heard(read, self.now, UTC + self.now))

    def wait(self, seconds: float) -> list[list[tuple[str, int]]]:
        """Let time pass."""
        self.now += seconds
        return rows(self.list.tick(self.now, UTC + self.now))


def rows(effects: object) -> list[list[tuple[str, int]]]:
    """Return lists as ids with counts."""
    assert isinstance(effects, list)
    told = [each for each in effects if isinstance(each, Listed)]
    return [[(s.session_id, s.get_num_connected()) for s in each.sessions] for each in told]


def session(session_id: str = "S 1", *, age: float = 0.0) -> SGDistributedSession:
    """Return a session of one."""
    made = SGDistributedSession(session_id, "ana", "Sea")
    made.last_heartbeat = datetime.fromtimestamp(UTC - age)
    return made


def test_a_session_that_is_heard_is_listed_until_it_is_silent() -> None:
    """15 s after its last message it is gone."""
    look, made = Look(), session()
    assert look.hear(wire.state(made)) == [[("S 1", 1)]]
    assert look.hear(wire.state(made)) == []
    look.now = 14.0
    assert look.hear(wire.discovery(session(), "ana", UTC + 14)) == []
    assert look.list.next_deadline() == 29.0
    assert look.wait(14.9) == []
    assert look.wait(0.2) == [[]]
    assert look.list.next_deadline() is None


def test_what_is_retained_is_believed_by_its_time() -> None:
    """As their own viewers do; an old one is a leftover (S2)."""
    look = Look()
    assert look.hear(wire.state(session("old", age=16.0)), retained=True) == []
    assert look.hear(wire.state(session("new", age=5.0)), retained=True) == [[("new", 1)]]
    assert look.wait(10.1) == [[]]


def test_its_count_follows_its_state() -> None:
    """And a closed one is not listed."""
    look = Look()
    made = session()
    look.hear(wire.state(made))
    made.add_instance("ben")
    assert look.hear(wire.state(made)) == [[("S 1", 2)]]
    made.close()
    assert look.hear(wire.state(made)) == [[]]


def test_a_session_without_a_state_is_read_from_the_old_topics() -> None:
    """Discovery, and whoever says to be ready (S1, S21)."""
    look = Look()
    look.hear(wire.ready("S 1", "ana", UTC), retained=True)
    look.hear(wire.ready("S 1", "ben", UTC), retained=True)
    assert look.hear(wire.discovery(session(), "ana", UTC)) == [[("S 1", 2)]]
    assert look.hear(wire.clear(wire.topic(Word.READY, "S 1", "ben"))) == [[("S 1", 1)]]
    assert look.hear(wire.clear("session_discovery/S 1")) == [[]]


def test_ours_are_not_listed_twice() -> None:
    """A discovery that is our card too is of a session that the other list has."""
    look = Look()
    card = wire.discovery(session("sea"), "ana", UTC)
    assert card.fields is not None
    look.hear(Publish(card.topic, {**card.fields, "session_uid": "u"}, True))
    assert look.hear(wire.state(session("sea"))) == []


def test_what_is_malformed_is_no_session() -> None:
    """Anybody may publish anything."""
    look = Look()
    malformed: list[dict[str, object]]
    malformed = [{}, {"clientId": 7}, {"clientId": "x", "session_id": 3}, {"timestamp": []}]
    for fields in malformed:
        assert look.hear(Publish("session_discovery/x", fields, True)) == []
        assert look.hear(Publish("x/session_state", fields, True)) == []


def test_made_up_ids_do_not_fill_the_memory() -> None:
    """The oldest goes."""
    look = Look()
    for number in range(MAX_SESSIONS + 10):
        look.hear(wire.ready(f"s{number}", "x", UTC))
    assert len(look.list._entries) == MAX_SESSIONS
