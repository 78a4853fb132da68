"""The list of live sessions (rule R10)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.core.topics import ANY, Kind, Topic
from tests.core import builders as b
from tests.core.builders import LEASE, Play

FILTERS = (Topic(Kind.HEARTBEAT, ANY), Topic(Kind.STATE, ANY), Topic(Kind.CARD, ANY))


def named(name: str, *members: str, **changes: object) -> SessionState:
    """Return a session of another id."""
    return b.state(*members, session_id=name, session_uid=f"uid_{name}", **changes)


def put(play: Play, *sessions: SessionState) -> None:
    """Leave these sessions on the broker."""
    for session in sessions:
        play.retained[Topic(Kind.STATE, session.session_id)] = session


def alive(play: Play, session: SessionState, **changes: object) -> list[e.Effect]:
    """Let the host of a session be heard."""
    topic = Topic(Kind.HEARTBEAT, session.session_id)
    return play.hear(topic, b.heartbeat(session, **changes))


def lists(play: Play) -> list[list[tuple[str, int]]]:
    """Return every list told, as ids with counts."""
    return [
        [(s.session_id, s.count) for s in n.sessions]
        for n in play.notices
        if isinstance(n, e.SessionsListed)
    ]


def test_it_listens_to_all_and_asks_all() -> None:
    """R10: one probe for all, repeated once after 0.3 s."""
    play = b.connected_play()
    put(play, named("x"))
    effects = play.take(e.Browse())
    assert e.Subscribe(FILTERS) in effects
    effects += play.wait(0.5)
    assert b.sent(effects, Kind.PROBE) == [e.Send(b.PROBE, m.Probe("me"))] * 2


def test_an_empty_broker_is_told_at_once() -> None:
    """Nothing retained: there is nobody to wait for."""
    play = b.connected_play()
    play.take(e.Browse())
    play.wait(0.9)
    assert lists(play) == [[]]


def test_only_what_a_live_host_answers_for_is_listed() -> None:
    """S2: a retained state of the dead is not; S13: the number is that of the state."""
    play = b.connected_play()
    live, dead = named("live", "h", "a"), named("dead", "h", "a", "c")
    put(play, live, dead)
    play.take(e.Browse())
    alive(play, live)
    play.wait(0.9)
    assert lists(play) == [[("live", 2)]]


def test_the_list_is_complete_as_soon_as_everybody_has_answered() -> None:
    """Nobody waits 0.8 s for the dead where there are none."""
    play = b.connected_play()
    one, two = named("one"), named("two", "h", "a")
    put(play, one, two)
    play.take(e.Browse())
    alive(play, one)
    assert lists(play) == []
    alive(play, two)
    assert lists(play) == [[("one", 1), ("two", 2)]]


def test_a_heartbeat_of_another_host_confirms_nothing() -> None:
    """R10: uid, epoch, host and incarnation have to match; it makes one read."""
    play = b.connected_play()
    one = named("one")
    put(play, one)
    play.take(e.Browse())
    for changes in ({"epoch": 2}, {"uid": "x"}, {"host": "x"}, {"incarnation": b.incarnation("x")}):
        alive(play, one, **changes)
    assert e.Subscribe((Topic(Kind.STATE, "one"),)) in play.wait(0.9)
    assert lists(play) == [[]]


def test_sessions_are_listed_in_order_of_creation() -> None:
    """By creation time and id, so that every list is the same."""
    play = b.connected_play()
    sessions = [
        named("b", created_at="2027-01-01"),
        named("a", created_at="2027-01-02"),
        named("c", created_at="2027-01-01"),
    ]
    put(play, *sessions)
    play.take(e.Browse())
    for session in sessions:
        alive(play, session)
    assert lists(play) == [[("b", 1), ("c", 1), ("a", 1)]]


def test_changes_are_told_soon_and_together() -> None:
    """S13, S24: the number follows the state; bursts are one list."""
    play = b.listing("host", "a")
    given = b.state("host", "a")
    before = len(lists(play))
    for version, members in ((6, ("host", "a", "c")), (7, ("host", "a", "c", "d"))):
        more = replace(b.state(*members), version=version, created_at=given.created_at)
        play.hear(b.STATE, more)
    play.wait(0.1)
    assert lists(play)[before:] == [[("demo", 4)]]


def test_a_session_whose_host_falls_silent_is_dropped() -> None:
    """R10: when its lease ends; and it is suspected."""
    play = b.listing("host", "a")
    play.wait(LEASE - 0.1)
    assert lists(play)[-1] == [("demo", 2)]
    play.wait(0.3)
    assert lists(play)[-1] == []
    alive(play, b.state("host", "a"))
    play.wait(0.1)
    assert lists(play)[-1] == [("demo", 2)]


def test_a_session_that_closes_is_dropped_at_once() -> None:
    """S17: gone from the list."""
    play = b.listing("host", "a")
    play.hear(b.STATE, replace(b.state("host", "a"), phase=Phase.CLOSED, epoch=2, version=6))
    play.wait(0.05)
    assert lists(play)[-1] == []


def test_an_emptied_topic_is_no_end() -> None:
    """R9: readers take empty for unconfirmed, never for closed."""
    play = b.listing("host", "a")
    play.hear(b.STATE, None)
    play.wait(1.0)
    assert lists(play)[-1] == [("demo", 2)]


def test_old_retained_states_bring_nobody_back() -> None:
    """S2, S24: departed instances come back in 0 % of cases."""
    play = b.listing("host", "a")
    old = replace(b.state("host", "a", "c"), version=4)
    for _ in range(3):
        play.hear(b.STATE, old, retained=True)
        play.hear(b.STATE, old)
    play.wait(1.0)
    assert lists(play)[-1] == [("demo", 2)]


def test_a_lost_link_drops_nothing() -> None:
    """R1: no verdict while one is deaf; the new connection asks again."""
    play = b.listing("host", "a")
    play.link_down()
    play.wait(30.0)
    effects = play.take(e.LinkUp())
    assert e.Subscribe(FILTERS) in effects
    assert len(b.sent(effects, Kind.PROBE)) == 1
    assert lists(play)[-1] == [("demo", 2)]


def test_a_host_that_has_missed_the_end_is_shown_it() -> None:
    """R6: the list writes what it has read, for a minute, after some jitter."""
    play = b.listing("host", "a")
    over = replace(b.state("host", "a"), phase=Phase.CLOSED, epoch=2, version=6)
    play.hear(b.STATE, over)
    alive(play, b.state("host", "a"))
    assert b.sent(play.wait(0.6), Kind.STATE) == [e.Send(b.STATE, over, True)]


def test_who_stops_browsing_hears_no_more() -> None:
    """Everything is given up, once."""
    play = b.listing("host", "a")
    effects = play.take(e.StopBrowsing())
    assert e.Unsubscribe(FILTERS) in effects
    assert play.take(e.StopBrowsing()) == []
    before = lists(play)
    alive(play, b.state("host", "a"))
    play.wait(8.0)
    assert lists(play) == before


def test_made_up_ids_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """R13: beyond a bound the sessions nobody answers for are forgotten, not those that live."""
    monkeypatch.setattr("headcount.core.directory.MAX_SESSIONS", 4)
    monkeypatch.setattr("headcount.core.client.MAX_SWEEPS", 3)
    play = b.connected_play()
    real = named("real", "ana")
    put(play, real, *(named(f"forged_{number}") for number in range(20)))
    play.take(e.Browse())
    alive(play, real)
    play.wait(5.0)
    directory = play.client.directory
    assert directory is not None
    assert len(directory._entries) == 4
    assert len(play.client._sweeps) == 3
    assert play.counted["sessions_forgotten"] >= 17
    assert lists(play)[-1] == [("real", 1)]


def test_a_host_heard_long_ago_confirms_nothing() -> None:
    """R10: a heartbeat counts on its connection and for a lease, whatever is read after it."""
    play = b.connected_play()
    one = named("x", "one")
    other = replace(one, session_uid="another")
    put(play, one)
    play.take(e.Browse())
    alive(play, one)
    alive(play, other)
    play.link_down()
    play.wait(1.0)
    put(play, other)
    play.take(e.LinkUp())
    play.wait(LEASE + 1.0)
    assert lists(play)[-1] == []
