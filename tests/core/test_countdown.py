"""The seconds before a start, said by every display for itself."""

from __future__ import annotations

import math

from msgspec.structs import replace

from headcount.core import events as e
from headcount.core.countdown import Countdown
from headcount.core.lifecycle import Phase
from tests.core.builders import NOW, context, state


def said(effects: list[e.Effect]) -> list[int | None]:
    """Return the numbers that were told."""
    notices = [x.notice for x in effects if isinstance(x, e.Notify)]
    return [x.seconds for x in notices if isinstance(x, e.CountdownTick)]


def test_it_counts_whole_seconds_and_the_start_says_zero() -> None:
    """3, 2, 1 by one's own clock, 0 with the state that has started."""
    ours = context("a")
    ours.take_effects()
    countdown = Countdown(ours, "demo")
    starting = replace(state("host", "a"), phase=Phase.STARTING, countdown=3.0)
    countdown.show(state("host", "a"), starting)
    for second in (1, 2, 3, 4):
        ours.now = NOW + second
        countdown.tick()
    assert countdown.next_deadline() == math.inf
    countdown.show(starting, replace(starting, phase=Phase.STARTED, countdown=None))
    assert said(ours.take_effects()) == [3, 2, 1, 0]
    assert countdown.next_deadline() is None


def test_a_fall_back_says_that_it_is_cancelled() -> None:
    """None when the session is open again."""
    ours = context("a")
    ours.take_effects()
    countdown = Countdown(ours, "demo")
    starting = replace(state("host", "a"), phase=Phase.STARTING, countdown=2.5)
    countdown.show(None, starting)
    countdown.show(starting, state("host", "a"))
    assert said(ours.take_effects()) == [3, None]
