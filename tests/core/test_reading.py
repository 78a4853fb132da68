"""Reading what is retained."""

from __future__ import annotations

import pytest

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.messages import Presence
from headcount.core.reading import TRIES, Reading
from headcount.core.topics import Kind, Topic
from tests.core.builders import STATE, context, sent


class Broker:
    """Hands births back, one at a time."""

    def __init__(self, here: Context) -> None:
        self.here = here
        self.effects: list[e.Effect] = []

    def answer(self) -> None:
        """Let the newest birth come back."""
        self.effects += self.here.take_effects()
        births = [s.body for s in sent(self.effects) if isinstance(s.body, Presence)]
        self.here.hearing.own_presence(births[-1])


def test_a_round_is_a_subscription_and_a_birth() -> None:
    """The broker sends what is retained before it hands the birth back."""
    here = context()
    Reading(here, STATE)
    effects = here.take_effects()
    assert effects[0] == e.Subscribe((STATE,))
    assert [send.topic for send in sent(effects)] == [Topic(Kind.PRESENCE, None, "me")]


def test_what_was_found_needs_one_round() -> None:
    """It is over when the birth came back, not before."""
    here = context()
    reading = Reading(here, STATE)
    reading.found()
    assert not reading.over()
    Broker(here).answer()
    assert reading.over()


def test_nothing_needs_three_rounds_that_agree() -> None:
    """R4: a successor re-subscribes until a retained state arrives, three tries."""
    here = context()
    broker, reading = Broker(here), Reading(here, STATE)
    for _ in range(TRIES - 1):
        broker.answer()
        assert not reading.over()
    broker.answer()
    assert reading.over()
    asked = [x for x in broker.effects if isinstance(x, e.Subscribe)]
    assert asked == [e.Subscribe((STATE,))] * TRIES


@pytest.mark.parametrize("lost_rounds", [1, 2])
def test_a_lost_message_is_found_in_a_later_round(lost_rounds: int) -> None:
    """Any message may be lost without harm (section 3.2)."""
    here = context()
    broker, reading = Broker(here), Reading(here, STATE)
    for _ in range(lost_rounds):
        broker.answer()
        assert not reading.over()
    reading.found()
    broker.answer()
    assert reading.over()
