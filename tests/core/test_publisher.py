"""Publishing the state."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.lifecycle import Phase
from headcount.core.messages import Card, Leave
from headcount.core.publisher import (
    ECHO_PATIENCE,
    REPAIRS_APART,
    STATE_EXPIRY,
    Publisher,
    Waiting,
    pace,
)
from headcount.core.state import SessionState
from tests.core.builders import CARD, NOW, STATE, context, incarnation, request, sent, state

HERE = state("host", "a")


def publisher() -> tuple[Context, Publisher]:
    """Return the publisher of a host whose state has been read back."""
    here = context("host")
    return here, Publisher(here, (STATE, CARD), HERE)


def publication(of: SessionState) -> list[e.Effect]:
    """Return what publishing a state is."""
    return [e.Send(STATE, of, True)]


def test_each_change_is_one_version_on() -> None:
    """Section 3.1: the version never restarts, whatever the changed state says."""
    here, ours = publisher()
    changed = ours.change(replace(HERE, model_name="New", version=1))
    assert (changed.version, changed.model_name) == (6, "New")
    assert changed.last_updated == changed.last_heartbeat == here.utc_text
    assert ours.change(changed).version == 7
    assert here.take_effects() == []


def test_the_first_change_after_a_quiet_time_leaves_at_once() -> None:
    """Section 3.5; further ones wait for their turn, and only the newest leaves."""
    here, ours = publisher()
    first = ours.change(HERE)
    ours.flush()
    assert here.take_effects() == publication(first)
    ours.change(HERE)
    newest = ours.change(HERE)
    ours.flush()
    assert here.take_effects() == []
    assert ours.next_deadline() == NOW + 0.05
    here.now = NOW + 0.05
    ours.tick()
    assert here.take_effects() == publication(newest)
    ours.tick()
    assert here.take_effects() == []


@pytest.mark.parametrize(
    ("members", "seconds"), [(1, 0.05), (4, 0.05), (50, 0.05), (250, 1.0), (100, 0.17)]
)
def test_large_sessions_publish_at_a_bounded_pace(members: int, seconds: float) -> None:
    """Section 3.5: 50 ms to 1 s, by bytes times readers."""
    crowd = state(*[f"c{n}" for n in range(members)], num_players_max=None)
    assert pace(crowd) == pytest.approx(seconds, abs=0.05)
    assert 0.05 <= pace(crowd) <= 1.0


def waiting(ours: Publisher) -> Waiting:
    """Publish a change and return it."""
    change = Waiting(ours.change(HERE).version, request("a", Leave()), None)
    ours.waiting.append(change)
    ours.flush()
    return change


def test_a_change_counts_when_its_live_echo_is_heard() -> None:
    """R4: once, and with everything before it."""
    here, ours = publisher()
    one = waiting(ours)
    here.now += 1.0
    two = waiting(ours)
    assert ours.saw(ours.latest, retained=False) == [one, two]
    assert ours.saw(ours.latest, retained=False) == []


def test_a_retained_copy_is_no_echo() -> None:
    """R4, R11: it may have been written again over what superseded it."""
    _, ours = publisher()
    waiting(ours)
    assert ours.saw(ours.latest, retained=True) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"session_uid": "uid2"},
        {"epoch": 2},
        {"host_client_id": "a"},
        {"incarnation": incarnation("other")},
        {"version": 5},
    ],
)
def test_nothing_else_is_an_echo(changes: dict[str, object]) -> None:
    """Somebody else's state, or an earlier one of one's own."""
    _, ours = publisher()
    waiting(ours)
    assert ours.saw(replace(ours.latest, **changes), retained=False) == []


def test_a_state_that_does_not_come_back_is_published_again() -> None:
    """Any message may be lost without harm."""
    here, ours = publisher()
    waiting(ours)
    here.take_effects()
    here.now = NOW + ECHO_PATIENCE
    ours.tick()
    assert here.take_effects() == publication(ours.latest)
    ours.saw(ours.latest, retained=False)
    here.now += ECHO_PATIENCE
    ours.tick()
    assert here.take_effects() == []


@pytest.mark.parametrize(
    ("seen", "repaired"),
    [
        (HERE, False),
        (None, True),
        (replace(HERE, version=4), True),
        (replace(HERE, session_uid="uid2"), True),
    ],
)
def test_the_topic_is_repaired(seen: SessionState | None, repaired: bool) -> None:
    """R9: if what was last seen on it is not the latest state, an empty one included."""
    here, ours = publisher()
    ours.saw(seen, retained=False)
    ours.repair()
    assert here.take_effects() == (publication(HERE) if repaired else [])


def test_an_older_state_is_written_over_soon() -> None:
    """At once, but not in a fight: so much time lies between two repairs."""
    here, ours = publisher()
    ours.saw(replace(HERE, epoch=0), retained=False)
    assert ours.next_deadline() == NOW + REPAIRS_APART
    here.now = NOW + REPAIRS_APART
    ours.tick()
    assert here.take_effects() == publication(HERE)


def test_a_state_is_published_again_before_it_expires() -> None:
    """Section 3.2: the state expires after an hour, refreshed at half."""
    here, ours = publisher()
    here.now = NOW + STATE_EXPIRY / 2 - 1
    ours.repair()
    assert here.take_effects() == []
    here.now = NOW + STATE_EXPIRY / 2
    ours.repair()
    assert here.take_effects() == publication(HERE)


def test_the_card_shows_what_those_who_look_need() -> None:
    """S11: discovery; it expires after four heartbeats where the broker can."""
    here, ours = publisher()
    here.expiry = True
    ours.change(replace(HERE, phase=Phase.STARTED))
    ours.card()
    (send,) = sent(here.take_effects())
    assert send == e.Send(CARD, Card("demo", "uid1", "Model", "host", 1, 4), True, 8)
