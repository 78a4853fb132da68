"""A host's heartbeats."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.pulse import ANSWERS_APART, LATEST_ANSWER, SOONEST_ANSWER, Pulse
from headcount.core.state import Timers
from tests.core.builders import BEAT, HEARTBEAT, NOW, SID, context, heartbeat, state

HERE = state("host", "a")


def pulse() -> tuple[Context, Pulse]:
    """Return the pulse of a host that has just become one."""
    here = context("host")
    return here, Pulse(here, SID, Timers())


def test_a_heartbeat_names_what_was_published() -> None:
    """Section 3.2: uid, epoch, host, incarnation, last published version, count, phase."""
    here, ours = pulse()
    here.now = NOW + 3.7
    ours.beat(HERE)
    assert here.take_effects() == [e.Send(HEARTBEAT, heartbeat(HERE, seq=1, age=3))]
    assert ours.beats == 1


def test_one_an_interval() -> None:
    """The first is due at once."""
    here, ours = pulse()
    assert ours.due()
    ours.beat(HERE)
    assert not ours.due()
    assert ours.next_deadline() == NOW + BEAT
    ours.skip()
    here.now = NOW + BEAT
    assert ours.due()


def test_who_asks_is_answered_after_some_jitter() -> None:
    """R10: 20 to 150 ms, and not within 250 ms of the last heartbeat."""
    here, ours = pulse()
    ours.beat(HERE)
    here.now = NOW + 1.0
    ours.answer_soon()
    answer = ours.next_deadline()
    assert here.now + SOONEST_ANSWER <= answer <= here.now + LATEST_ANSWER
    ours.answer_soon()
    assert ours.next_deadline() == answer
    ours.beat(HERE)
    ours.answer_soon()
    assert ours.next_deadline() == here.now + ANSWERS_APART


def test_what_comes_back_gives_the_right_to_act() -> None:
    """R2: from the time of sending."""
    here, ours = pulse()
    ours.beat(HERE)
    assert not ours.holds
    here.now = NOW + 2.0
    ours.authority.heard(1)
    assert ours.holds
    here.now = NOW + 5.1
    assert not ours.holds


@pytest.mark.parametrize(
    ("changes", "younger"),
    [
        ({"epoch": 2, "age": 0}, True),
        ({"epoch": 0, "age": 99}, False),
        ({"epoch": 1, "age": 11}, True),
        ({"epoch": 1, "age": 9}, False),
        ({"epoch": 1, "age": 10, "uid": "uid2"}, False),
        ({"epoch": 1, "age": 10, "uid": "uid0"}, True),
    ],
)
def test_which_of_two_creations_is_the_younger(changes: dict[str, object], younger: bool) -> None:
    """R7: the later epoch stays, then the older one, then the smaller uid; both decide alike."""
    here, ours = pulse()
    here.now = NOW + 10.0
    other = heartbeat(HERE, **changes)
    assert ours.is_younger(HERE, other) is younger
    if other.uid != HERE.session_uid:
        there_context = context("host")
        there = Pulse(there_context, SID, Timers())
        there_context.now = NOW + other.age
        theirs = replace(HERE, session_uid=other.uid, epoch=other.epoch)
        back = heartbeat(HERE, age=10)
        assert there.is_younger(theirs, back) is not younger
