"""Creating a session (rule R7)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.messages import Code
from headcount.core.seat import StageName
from headcount.core.state import SessionState
from headcount.core.topics import Kind
from tests.core import builders as b
from tests.core.builders import LEASE, SID, Play

OLD = b.state("old", session_uid="older", epoch=7, version=40)


def first_state(play: Play) -> SessionState:
    """Return the first state that a creator has published."""
    body = b.sent(play.effects, Kind.STATE)[0].body
    assert isinstance(body, SessionState)
    return body


def found_on(retained: SessionState | None) -> Play:
    """Return a client that creates a session on a topic."""
    play = b.connected_play()
    if retained is not None:
        play.retained[b.STATE] = retained
    play.take(b.found())
    return play


def test_the_first_state_is_what_was_wanted() -> None:
    """S9, S17: created with the creator's id, which is host and first member."""
    play = found_on(None)
    first = first_state(play)
    assert first == SessionState(
        session_id=SID,
        session_uid=b.UID,
        creator_client_id="me",
        host_client_id="me",
        incarnation=b.incarnation("me"),
        epoch=1,
        version=1,
        model_name="Model",
        created_at=first.created_at,
        last_updated=first.created_at,
        last_heartbeat=first.created_at,
        members={
            "me": b.member(
                "me",
                1,
                joined_at=first.created_at,
                resume_hash=first.members["me"].resume_hash,
            )
        },
        connected_instances=["me"],
        num_players_min=1,
        num_players_max=4,
        seed=7,
        roles=["red", "blue"],
    )


def test_it_counts_after_echo_and_settling_and_reading_again() -> None:
    """R7: 0.3 s after its own echo, when it still stands."""
    play = found_on(None)
    play.wait(0.29)
    assert play.notices == []
    told = b.told(play.wait(0.05))
    assert told == [e.Accepted(SID, "create", 1), e.StateChanged(SID, first_state(play))]
    assert play.stage() is StageName.HOST


def test_it_does_not_count_without_an_echo() -> None:
    """What nobody has heard is said again, and shown to nobody."""
    play = b.connected_play()
    play.mute.add(Kind.STATE)
    play.take(b.found())
    play.wait(5.0)
    assert play.notices == []
    assert len(b.sent(play.effects, Kind.STATE)) > 10
    play.mute.clear()
    play.wait(1.0)
    assert play.stage() is StageName.HOST


@pytest.mark.parametrize("closed", [True, False])
def test_what_stands_there_is_built_upon(closed: bool) -> None:
    """R7: closed is free at once; an open one after a full lease of probing without answer."""
    play = found_on(replace(OLD, phase=Phase.CLOSED) if closed else OLD)
    if not closed:
        play.wait(LEASE - 0.01)
        assert b.sent(play.effects, Kind.STATE) == []
        bodies = [x.body for x in b.sent(play.effects, Kind.REQUEST)]
        looks = [body.ask for body in bodies if isinstance(body, m.Request)]
        assert looks == [m.Look()] * 6
        play.wait(0.02)
    assert (first_state(play).epoch, first_state(play).version) == (8, 41)
    play.wait(0.5)
    assert play.stage() is StageName.HOST


@pytest.mark.parametrize("greatest", [2**53 - 1, 2**52])
def test_a_poisoned_topic_can_be_founded_on(greatest: int) -> None:
    """Numbers above which nothing could be written are not built upon."""
    for changes in ({"epoch": greatest}, {"version": greatest}):
        play = b.connected_play()
        play.retained[b.STATE] = replace(OLD, **changes)
        play.take(b.found())
        play.wait(LEASE + 1.0)
        assert play.stage() is StageName.HOST
        assert (play.shown.epoch, play.shown.version) < (2**50, 2**50)


@pytest.mark.parametrize("live", ["heartbeat", "state"])
def test_a_live_session_is_not_overwritten(live: str) -> None:
    """R7: an answer is `EXISTS`, and nothing of ours is left on the topic."""
    play = found_on(OLD)
    play.wait(1.0)
    if live == "heartbeat":
        told = b.told(play.hear(b.HEARTBEAT, b.heartbeat(OLD)))
    else:
        told = b.told(play.hear(b.STATE, replace(OLD, version=41)))
    assert [(n.request, n.code) for n in told if isinstance(n, e.Refused)] == [
        ("create", Code.EXISTS)
    ]
    assert told[-1] == e.SessionParted(SID)
    assert b.sent(play.effects, Kind.STATE) == []


def test_a_creator_that_hears_another_host_withdraws() -> None:
    """R7: before it counts, whatever it has published."""
    play = found_on(None)
    told = b.told(play.hear(b.HEARTBEAT, b.heartbeat(b.state("x", session_uid="other"))))
    assert isinstance(told[0], e.Refused)
    assert told[0].code is Code.EXISTS


@pytest.mark.parametrize(
    ("rival", "withdraws"),
    [
        (b.state("rival", session_uid="uid0"), True),
        (b.state("rival", session_uid="uid2"), False),
        (b.state("rival", session_uid="uid0", epoch=2), True),
        (b.state("rival", session_uid="uid2", epoch=0), False),
        (b.state("rival", "a", session_uid="uid0"), True),
    ],
)
def test_of_two_creations_at_one_moment_one_withdraws(rival: SessionState, withdraws: bool) -> None:
    """R7: both sides decide alike, from what both can read: members, epoch, uid."""
    play = found_on(None)
    effects = play.hear(b.STATE, rival)
    refused = [n.code for n in b.told(effects) if isinstance(n, e.Refused)]
    assert refused == ([Code.EXISTS] if withdraws else [])
    again = [send.body for send in b.sent(effects, Kind.STATE)]
    assert again == ([] if withdraws else [first_state(play)])


def test_nothing_counts_that_a_lost_link_has_interrupted() -> None:
    """A new connection begins anew, above what was tried before."""
    play = b.connected_play()
    play.mute.add(Kind.STATE)
    play.take(b.found())
    play.link_down()
    play.wait(3.0)
    play.mute.clear()
    play.take(e.LinkUp())
    play.wait(1.0)
    assert play.stage() is StageName.HOST
    assert (play.shown.epoch, play.shown.version) == (2, 2)


def test_a_creator_without_a_link_waits_for_one() -> None:
    """Creating begins with the connection."""
    play = Play()
    play.take(b.found())
    assert b.sent(play.effects) == []
    play.take(e.LinkUp())
    play.wait(1.0)
    assert play.stage() is StageName.HOST


def test_giving_up_clears_what_was_published() -> None:
    """S6: cancelling leaves nothing behind."""
    play = found_on(None)
    effects = play.command(m.Leave())
    assert e.Send(b.STATE, None, True) in effects
    assert b.told(effects) == [e.SessionClosed(SID, "left"), e.SessionParted(SID)]
    assert b.STATE not in play.retained
