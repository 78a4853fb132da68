"""Clearing what sessions without a host have left on the broker (rule R10)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.topics import Kind, Topic
from tests.core import builders as b
from tests.core.builders import SID, Play

DEAD = b.state("host", "a")
DEAD_CARD = m.Card(SID, "uid1", "Model", "host", 1, 4)
LONG = 65.0


def sweeping(card: bool = True) -> Play:
    """Return a client that keeps a list and suspects one dead session."""
    play = b.connected_play()
    play.retained[b.STATE] = DEAD
    if card:
        play.retained[b.CARD] = DEAD_CARD
    play.take(e.Browse())
    play.wait(1.0)
    return play


def test_the_dead_are_cleared_after_a_minute_of_listening() -> None:
    """S22, R10: probed in vain, then state and card are cleared, once, and it is told."""
    play = sweeping()
    assert b.sent(play.wait(58.0)) != []
    assert play.retained.keys() == {b.STATE, b.CARD}
    effects = play.wait(6.0)
    assert [s for s in b.sent(effects) if s.retain] == [
        e.Send(b.STATE, None, True),
        e.Send(b.CARD, None, True),
    ]
    assert len(b.sent(effects, Kind.REQUEST)) == 2
    assert e.Swept(SID, "no live host") in b.told(effects)
    assert play.counted["sweeps"] == 1
    assert [s for s in b.sent(play.wait(200.0)) if s.retain] == []


def test_only_what_is_retained_is_cleared() -> None:
    """Clearing an empty topic would be noise."""
    play = sweeping(card=False)
    effects = play.wait(LONG)
    assert [s for s in b.sent(effects) if s.retain] == [e.Send(b.STATE, None, True)]


@pytest.mark.parametrize("when", [5.0, 60.0, None])
@pytest.mark.parametrize("life", ["heartbeat", "state"])
def test_a_sign_of_life_saves_it(life: str, when: float | None) -> None:
    """However late it comes: even as the answer to the probe, at the last moment."""
    play = sweeping()
    play.wait(when or 59.0)
    while when is None and not b.sent(play.effects, Kind.REQUEST):
        play.wait(0.1)
    if life == "heartbeat":
        play.hear(b.HEARTBEAT, b.heartbeat(DEAD))
    else:
        play.hear(b.STATE, replace(DEAD, version=6))
    start = len(play.effects)
    play.wait(5.0)
    assert [s for s in b.sent(play.effects[start:]) if s.retain] == []
    assert play.retained.keys() == {b.STATE, b.CARD}


def test_a_closed_state_is_no_sign_of_life() -> None:
    """A tombstone is cleared like everything else."""
    play = sweeping()
    play.hear(b.STATE, replace(DEAD, phase=Phase.CLOSED, epoch=2, version=6))
    play.wait(LONG)
    assert play.retained == {}


@pytest.mark.parametrize("interruption", ["link", "stall"])
def test_listening_has_to_be_continuous(interruption: str) -> None:
    """R10: 60 s without a gap; a lost link or a stall begins anew."""
    play = sweeping()
    play.wait(50.0)
    if interruption == "link":
        play.link_down()
        play.wait(1.0)
        play.take(e.LinkUp())
    else:
        play.now += 20.0
        play.take(e.Tick())
    play.wait(55.0)
    assert b.STATE in play.retained
    play.wait(15.0)
    assert b.STATE not in play.retained


def test_another_session_is_not_a_sign_of_life() -> None:
    """Each is judged by its own."""
    play = sweeping()
    topic = m.Heartbeat("u", 1, "h", b.incarnation("h"), 1, 1, Phase.OPEN, 1)
    for _ in range(13):
        play.wait(5.0)
        play.hear(Topic(Kind.HEARTBEAT, "other"), topic)
    assert b.STATE not in play.retained
