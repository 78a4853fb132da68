"""Looking on: following a session without a seat in it."""

from __future__ import annotations

from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.messages import Code
from headcount.core.topics import Kind
from tests.core import builders as b
from tests.core.builders import LEASE, SID, Play


def watching(retained: bool = True) -> Play:
    """Return an onlooker that has heard no host yet."""
    play = b.connected_play()
    if retained:
        play.retained[b.STATE] = b.state("host", "a")
    play.take(e.Observe(SID))
    return play


def refused(play: Play) -> list[tuple[str, Code]]:
    """Return what was refused."""
    return [(n.request, n.code) for n in play.notices if isinstance(n, e.Refused)]


def test_it_asks_whether_anybody_hosts() -> None:
    """R10: a probe, repeated once after 0.3 s."""
    play = watching()
    play.wait(0.5)
    asks = [s.body.ask for s in b.sent(play.effects, Kind.REQUEST) if isinstance(s.body, m.Request)]
    assert asks == [m.Look(), m.Look()]


def test_what_is_retained_is_shown_once_its_host_is_heard() -> None:
    """R10, S2: a retained state alone is nothing."""
    play = watching()
    assert play.notices == []
    given = b.state("host", "a")
    assert b.told(play.hear(b.HEARTBEAT, b.heartbeat(given))) == [e.StateChanged(SID, given)]


def test_nobody_there_is_told() -> None:
    """R10: nobody by 0.8 s."""
    for retained in (True, False):
        play = watching(retained)
        play.wait(0.79)
        assert refused(play) == []
        play.wait(0.02)
        assert refused(play) == [("watch", Code.NOT_FOUND)]


def test_a_closed_session_is_not_there() -> None:
    """Neither shown nor waited for longer than any other."""
    play = b.connected_play()
    play.retained[b.STATE] = b.state("host", phase=Phase.CLOSED)
    play.take(e.Observe(SID))
    play.wait(0.9)
    assert refused(play) == [("watch", Code.NOT_FOUND)]


def test_a_live_state_confirms_itself() -> None:
    """Somebody has just written it."""
    play = watching(retained=False)
    given = b.state("host", "a")
    assert b.told(play.hear(b.STATE, given)) == [e.StateChanged(SID, given)]


def test_a_heartbeat_that_does_not_fit_makes_it_read() -> None:
    """The state on the topic is another host's, or there was none yet."""
    play = watching()
    beat = b.heartbeat(b.state("host", "a"), epoch=2)
    assert b.told(play.hear(b.HEARTBEAT, beat)) == []
    assert e.Subscribe((b.STATE,)) in play.wait(0.5)


def test_the_end_is_told_with_its_reason() -> None:
    """As to members; once."""
    play = b.observing()
    over = replace(b.state("host", "a"), phase=Phase.CLOSED, version=6, closed_reason="closed")
    assert b.told(play.hear(b.STATE, over)) == [
        e.StateChanged(SID, over),
        e.SessionClosed(SID, "closed"),
        e.SessionParted(SID),
    ]


def test_a_host_that_falls_silent_is_lost() -> None:
    """An onlooker has no part in what follows: it is told and goes."""
    play = b.observing()
    play.wait(LEASE - 0.1)
    play.hear(b.HEARTBEAT, b.heartbeat(play.shown))
    play.wait(LEASE - 0.1)
    assert not any(isinstance(n, e.SessionClosed) for n in play.notices)
    play.wait(0.5)
    assert e.SessionClosed(SID, "host_lost") in play.notices


def test_a_lost_link_judges_nobody() -> None:
    """R1: nor does it forget what is shown."""
    play = b.observing()
    play.link_down()
    play.wait(20.0)
    play.take(e.LinkUp())
    play.wait(0.9)
    assert play.shown.count == 2
    assert refused(play) == []


def test_an_onlooker_can_do_nothing_but_go() -> None:
    """Everything else needs a seat."""
    play = b.observing()
    (no,) = b.told(play.command(m.Ready(True), 4))
    assert isinstance(no, e.Refused)
    assert (no.code, no.ref) == (Code.NOT_MEMBER, 4)
    assert b.told(play.command(m.Leave())) == [e.SessionClosed(SID, "left"), e.SessionParted(SID)]
