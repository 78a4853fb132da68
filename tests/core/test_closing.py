"""Ending a session: one last state, heard back before one goes (rule R6)."""

from __future__ import annotations

from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.closing import REPEAT, TRIES
from headcount.core.seat import StageName
from headcount.core.state import SessionState
from headcount.core.topics import Kind
from tests.core import builders as b
from tests.core.builders import SID, Play


def closing(**changes: object) -> Play:
    """Return a host that leaves and does not hear its last state."""
    play = b.hosting("a", **changes)
    play.mute.add(Kind.STATE)
    play.command(m.Leave(), 3)
    assert play.stage() is StageName.CLOSING
    return play


def last_state(play: Play) -> SessionState:
    """Return the last state that was published."""
    bodies = [s.body for s in b.sent(play.effects, Kind.STATE)]
    return next(body for body in reversed(bodies) if isinstance(body, SessionState))


def test_nothing_is_cleared_before_the_end_was_heard() -> None:
    """Everybody has to be able to read that it is closed."""
    play = closing()
    assert play.retained.keys() == {b.STATE, b.CARD}
    assert not any(isinstance(n, e.SessionClosed) for n in play.notices)


def test_the_echo_clears_and_ends() -> None:
    """State, then card, then the application is told, in this order."""
    play = closing()
    effects = play.hear(b.STATE, last_state(play))
    wanted = [
        e.Send(b.STATE, None, True),
        e.Send(b.CARD, None, True),
        e.Notify(e.Accepted(SID, "leave", last_state(play).version, 3)),
        e.Notify(e.SessionClosed(SID, "left")),
    ]
    assert [effect for effect in effects if effect in wanted] == wanted
    assert b.told(effects)[-1] == e.SessionParted(SID)


def test_an_end_that_is_not_heard_is_said_again_and_then_left() -> None:
    """Nobody stays for ever: four times, half a second apart."""
    play = closing()
    effects = play.wait(REPEAT * TRIES - 0.1)
    assert len(b.sent(effects, Kind.STATE)) == TRIES - 1
    assert e.SessionParted(SID) not in play.notices
    effects = play.wait(0.2)
    assert e.Send(b.STATE, None, True) in effects
    assert e.SessionParted(SID) in play.notices


def test_a_superior_state_is_left_alone() -> None:
    """Somebody has taken over meanwhile: nothing is cleared."""
    play = closing()
    over = last_state(play)
    effects = play.hear(b.STATE, replace(over, epoch=over.epoch + 1, version=over.version + 1))
    assert b.sent(effects) == []
    assert e.SessionParted(SID) in b.told(effects)


def test_a_lost_link_is_the_end() -> None:
    """Whoever is left judges by the leases."""
    play = closing()
    assert b.told(play.link_down()) == [e.SessionClosed(SID, "left"), e.SessionParted(SID)]


def test_what_is_wanted_now_comes_too_late() -> None:
    """Leaving is under way."""
    play = closing()
    assert play.command(m.Ready(True), 9) == []


def test_a_handover_clears_nothing() -> None:
    """The session goes on without us."""
    play = closing(on_host_loss="migrate")
    effects = play.hear(b.STATE, last_state(play))
    assert b.sent(effects) == []
    assert e.SessionClosed(SID, "left") in b.told(effects)
