"""Taking over (rules R4 to R6)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.seat import StageName
from headcount.core.state import SessionState
from headcount.core.successor import STAGGER
from headcount.core.topics import Kind
from tests.core import builders as b
from tests.core.builders import SID, Play


def claims(play: Play) -> list[SessionState]:
    """Return the states that an instance has published."""
    bodies = [send.body for send in b.sent(play.effects, Kind.STATE)]
    return [body for body in bodies if isinstance(body, SessionState)]


def in_line(*others: str, lost: Kind | None = None, **changes: object) -> Play:
    """Return a member behind these others, its host just judged lost."""
    play = b.being_member("host", *others, **{"on_host_loss": "migrate", **changes})
    play.mute = set() if lost is None else {lost}
    while play.stage() is StageName.MEMBER:
        play.wait(0.02)
    assert play.stage() is StageName.SUCCESSOR
    return play


def rival(play: Play, by: str = "a", **changes: object) -> SessionState:
    """Return the claim of another successor."""
    given = play.seat.reader.state
    assert given is not None
    plain = replace(
        given,
        host_client_id=by,
        incarnation=b.incarnation(by),
        epoch=given.epoch + 1,
        version=given.version + 1,
    )
    return replace(plain, **changes)


def test_the_first_in_line_claims_at_once_and_is_host_after_settling() -> None:
    """R5: its own echo, one stagger, a re-read: then it is host, one epoch and version on."""
    play = in_line()
    play.wait(0.05)
    (claim,) = claims(play)
    assert (claim.host_client_id, claim.epoch, claim.version) == ("me", 2, 6)
    assert claim.members["host"].status == "away"
    assert claim.connected_instances == ["me"]
    assert play.stage() is StageName.SUCCESSOR
    assert not any(isinstance(n, e.StateChanged) and n.state == claim for n in play.notices)
    play.wait(0.35)
    assert play.stage() is StageName.HOST
    assert play.counted["takeovers"] == 1
    assert play.shown.same_as(claim)


@pytest.mark.parametrize(
    ("others", "earliest", "latest"),
    [
        ([], 0.0, 0.05),
        (["a"], 0.28, 0.35),
        (["a", "b"], 0.58, 0.6 + 0.3 * 1.585 + 0.05),
        (["a", "b", "c", "d", "e", "f"], 0.58, 0.6 + 0.3 * 3 + 0.05),
    ],
)
def test_ranks_take_turns(others: list[str], earliest: float, latest: float) -> None:
    """R5: ranks 0 and 1 at 0 and 1 stagger, all others at 2 staggers and some jitter."""
    play = in_line(*others, num_players_max=10)
    start = play.now
    while not claims(play):
        play.wait(0.01)
        assert play.now < start + 5.0
    assert earliest <= play.now - start <= latest


def test_hearing_a_claim_cancels_ones_own() -> None:
    """R5: who is later in line follows."""
    play = in_line("a")
    play.hear(b.STATE, rival(play))
    assert play.stage() is StageName.MEMBER
    play.wait(2.0)
    assert claims(play) == []
    assert play.shown.host_client_id == "a"


def test_a_host_that_lives_after_all_is_followed() -> None:
    """R5: its heartbeat cancels the claim that is not made yet."""
    play = in_line("a", "b")
    play.hear(b.HEARTBEAT, b.heartbeat(play.shown))
    assert play.stage() is StageName.MEMBER


def test_a_claim_builds_on_the_greatest_version_named() -> None:
    """R4: never below the version that the last heartbeat named."""
    play = b.being_member("host", on_host_loss="migrate")
    play.hear(b.HEARTBEAT, b.heartbeat(play.shown, version=9))
    play.wait(7.0)
    assert claims(play)[0].version == 10


def test_who_lacks_a_version_that_was_named_lets_all_others_go_first() -> None:
    """R5: the first in line claims at once, but not with less than the others have read."""
    waited = []
    for ahead in (0, 3):
        play = b.being_member("host", on_host_loss="migrate")
        play.hear(b.HEARTBEAT, b.heartbeat(play.shown, version=play.shown.version + ahead))
        while play.stage() is StageName.MEMBER:
            play.wait(0.02)
        began = play.now
        while not claims(play):
            play.wait(0.02)
        waited.append(play.now - began)
    assert waited[0] < STAGGER
    assert waited[1] >= 2 * STAGGER


def test_a_claim_builds_on_what_is_retained() -> None:
    """R4: the topic is read first, and what the lost host had still published is kept."""
    play = b.being_member("host", "a", on_host_loss="migrate")
    newer = replace(play.shown, version=8, properties={"x": 1})
    play.retained[b.STATE] = newer
    while not claims(play):
        play.wait(0.05)
    claim = claims(play)[0]
    assert (claim.version, claim.properties) == (9, {"x": 1})


def test_what_the_lost_host_wrote_before_the_claims_echo_is_folded_in() -> None:
    """R4: a late state of the old epoch makes one claim again above it."""
    play = in_line(lost=Kind.STATE)
    play.wait(0.05)
    assert [claim.version for claim in claims(play)] == [6]
    play.mute.clear()
    late = replace(b.seated("host"), version=9, properties={"x": 1}, on_host_loss="migrate")
    play.hear(b.STATE, late)
    play.wait(1.0)
    assert play.stage() is StageName.HOST
    assert (play.shown.version, play.shown.properties) == (10, {"x": 1})


def test_a_claim_that_is_lost_is_made_again() -> None:
    """Any message may be lost without harm."""
    play = in_line(lost=Kind.STATE)
    play.wait(1.0)
    assert play.stage() is StageName.SUCCESSOR
    assert len(claims(play)) > 1
    play.mute.clear()
    play.wait(1.0)
    assert play.stage() is StageName.HOST


def test_a_superior_claim_wins() -> None:
    """R5: two claims of one epoch; the smaller id stands, the other follows it."""
    play = in_line("a")
    play.wait(0.35)
    assert len(claims(play)) == 1
    mine = claims(play)[0]
    play.hear(b.STATE, replace(mine, host_client_id="a", incarnation=b.incarnation("a"), version=7))
    assert play.stage() is StageName.MEMBER


def test_an_uninformed_claim_makes_one_claim_above_it_at_once() -> None:
    """R4: without waiting for one's turn."""
    play = in_line("a", "b")
    play.hear(b.STATE, rival(play, epoch=3, version=5))
    play.wait(0.05)
    (claim,) = claims(play)
    assert claim.epoch == 4


def test_an_uninformed_claim_of_a_far_epoch_is_not_followed_there() -> None:
    """R13: nobody is lured to numbers that cannot be written."""
    play = in_line("a", "b")
    play.hear(b.STATE, rival(play, epoch=2**53 - 1, version=5))
    play.wait(0.05)
    assert claims(play)[0].epoch == 2


def test_a_countdown_does_not_outlive_its_host() -> None:
    """Section 3.3: `starting → open` when taken over; a started session goes on."""
    play = in_line(phase=Phase.STARTING, countdown=20.0)
    play.wait(0.5)
    assert (play.shown.phase, play.shown.countdown) == (Phase.OPEN, None)
    play = in_line(phase=Phase.STARTED)
    play.wait(0.5)
    assert play.shown.phase is Phase.STARTED


# --- on_host_loss="close" ------------------------------------------------------------------------


def test_survivors_are_told_at_once() -> None:
    """R6, S16, S17: the application learns it before anything is agreed; once."""
    play = in_line("a", on_host_loss="close")
    closings = [n for n in play.notices if isinstance(n, e.SessionClosed)]
    assert closings == [e.SessionClosed(SID, "host_lost")]
    play.wait(4.0)
    assert [n for n in play.notices if isinstance(n, e.SessionClosed)] == closings


def test_the_first_survivor_leaves_a_tombstone() -> None:
    """R6: closed at the next epoch, the card cleared, the state left for who returns."""
    play = in_line(on_host_loss="close")
    play.wait(0.5)
    (tomb,) = claims(play)
    assert (tomb.phase, tomb.epoch, tomb.closed_reason) == (Phase.CLOSED, 2, "host_lost")
    assert b.sent(play.effects, Kind.CARD) == [e.Send(b.CARD, None, True)]
    assert play.retained[b.STATE] == tomb
    assert play.notices[-1] == e.SessionParted(SID)
    before = len(play.effects)
    play.wait(5.0)
    assert b.sent(play.effects[before:], Kind.STATE) == []


def test_a_survivor_parts_when_it_has_seen_the_end() -> None:
    """R6: its connection stays until then, or for 3 s."""
    play = in_line("a", "b", "c", on_host_loss="close")
    over = rival(play, phase=Phase.CLOSED, closed_reason="host_lost")
    assert e.SessionParted(SID) in b.told(play.hear(b.STATE, over))
    assert claims(play) == []


def test_a_survivor_that_sees_nothing_parts_after_three_seconds() -> None:
    """R6: nobody waits for ever (S5)."""
    play = in_line("a", on_host_loss="close")
    play.mute.add(Kind.STATE)
    play.wait(2.9)
    assert e.SessionParted(SID) not in play.notices
    play.wait(0.2)
    assert e.SessionParted(SID) in play.notices


# --- interruptions -------------------------------------------------------------------------------


def test_a_lost_link_ends_the_claim() -> None:
    """Nothing composed under one connection is claimed under another."""
    play = in_line("a", "b")
    play.link_down()
    assert play.stage() is StageName.MEMBER
    assert claims(play) == []


def test_leaving_needs_no_answer() -> None:
    """Nobody would give it."""
    play = in_line("a")
    assert b.told(play.command(m.Leave())) == [
        e.SessionClosed(SID, "left"),
        e.SessionParted(SID),
    ]


def test_another_session_on_the_topic_is_not_overwritten() -> None:
    """Ours is over then, and nothing is written."""
    play = b.being_member("host", on_host_loss="migrate")
    play.retained[b.STATE] = b.state("x", session_uid="uid2")
    play.wait(8.0)
    assert claims(play) == []
    assert e.SessionClosed(SID, "host_lost") in play.notices
