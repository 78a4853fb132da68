"""Whether one can hear."""

from __future__ import annotations

import pytest

from headcount.core import events as e
from headcount.core.hearing import Hearing
from headcount.core.messages import Presence
from headcount.core.state import Incarnation
from headcount.core.topics import Kind, Topic

ME = Topic(Kind.PRESENCE, None, "me")


def birth(mark: int, counter: int = 1, nonce: str = "n") -> Presence:
    """Return a birth of this client."""
    return Presence("birth", Incarnation(nonce, counter), mark)


def hearing() -> Hearing:
    """Return a client's hearing, connected since 100.0, its birth not heard yet."""
    made = Hearing("me", "n")
    made.link_up(100.0)
    return made


def test_a_connection_begins_with_listening_to_oneself() -> None:
    """Subscribe first, so that the birth comes back; a new counter for each connection."""
    here = Hearing("me", "n")
    assert here.upcoming == Incarnation("n", 1)
    assert here.link_up(100.0) == [e.Subscribe((ME,)), e.Send(ME, birth(1))]
    here.link_down()
    assert here.link_up(110.0) == [e.Subscribe((ME,)), e.Send(ME, birth(2, 2))]
    assert here.upcoming == Incarnation("n", 3)


def test_a_barrier_is_passed_by_its_own_birth_or_a_later_one() -> None:
    """What was sent to us before it has been handled when it comes back."""
    here = hearing()
    second, _ = here.barrier(100.5)
    here.own_presence(birth(1))
    assert (here.passed(1), here.passed(second)) == (True, False)
    third, _ = here.barrier(100.6)
    here.own_presence(birth(third))
    assert here.passed(second)
    here.own_presence(birth(1))
    assert here.passed(third)


@pytest.mark.parametrize(
    "presence",
    [
        birth(1, counter=2),
        birth(1, counter=0),
        birth(1, nonce="other"),
        Presence("death", Incarnation("n", 1), 1),
        birth(2),
        birth(2**53 - 1),
    ],
)
def test_nothing_but_ones_own_birth_counts(presence: Presence) -> None:
    """R12: no death, no other process or connection, no birth that was never said."""
    here = hearing()
    here.own_presence(presence)
    assert not here.passed(1)


def test_a_birth_is_said_every_second_until_it_comes_back() -> None:
    """R1: once a second."""
    here = hearing()
    assert here.next_deadline() == 101.0
    assert here.tick(100.9) == []
    here.heard_something(100.9)
    assert here.tick(101.0) == [e.Send(ME, birth(1))]
    assert here.next_deadline() == 102.0
    here.own_presence(birth(1))
    assert here.tick(102.0) == []


def test_silence_is_broken_by_a_barrier() -> None:
    """Section 3.4: a ping makes sure that something comes."""
    here = hearing()
    here.own_presence(birth(1))
    here.heard_something(100.2)
    assert here.next_deadline() == pytest.approx(103.2)
    assert here.tick(103.1) == []
    assert here.tick(103.2) == [e.Send(ME, birth(2))]


def test_five_seconds_of_nothing_is_a_lost_link() -> None:
    """Section 3.4: the link is given up, once."""
    here = hearing()
    here.own_presence(birth(1))
    here.tick(103.0)
    assert here.tick(104.0) == [e.Send(ME, birth(2))]
    assert here.tick(105.0) == [e.DropLink()]
    assert (here.up, here.next_deadline(), here.tick(106.0)) == (False, None, [])


def test_anything_heard_keeps_the_link() -> None:
    """Whatever comes proves that something comes."""
    here = hearing()
    here.own_presence(birth(1))
    for now in (102.0, 104.0, 106.0):
        here.heard_something(now)
        assert here.tick(now + 1.9) == []


def test_a_stall_is_no_silence() -> None:
    """R1: one could not listen; there is still time for a barrier before the link is lost."""
    here = hearing()
    here.own_presence(birth(1))
    here.stalled(200.0)
    assert here.tick(200.0) == [e.Send(ME, birth(2))]
    assert here.tick(202.0) == [e.DropLink()]


def test_a_lost_link_waits_for_no_birth() -> None:
    """What was said on the old connection will not come back."""
    here = hearing()
    here.link_down()
    assert (here.next_deadline(), here.tick(105.0)) == (None, [])
    here.link_up(110.0)
    here.own_presence(birth(1))
    assert not here.passed(2)
