"""How a host that was cut off finds out whether it is one still (rule R2)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.messages import Body
from headcount.core.seat import StageName
from headcount.core.state import SessionState
from headcount.core.topics import Kind
from tests.core import builders as b
from tests.core.builders import LEASE, SID, Play


def cut_off(*members: str, away: float, **changes: object) -> Play:
    """Return a host whose link was down for so long."""
    play = b.hosting(*members, **changes)
    play.link_down()
    play.wait(away)
    return play


def reasons(play: Play) -> list[str]:
    """Return why the session has ended for this instance."""
    return [n.reason for n in play.notices if isinstance(n, e.SessionClosed)]


def stands(play: Play, body: Body | None) -> None:
    """Put something on the session's topic while the host is away."""
    play.retained.pop(b.STATE, None)
    if body is not None:
        play.retained[b.STATE] = body


def taken_over(play: Play, **changes: object) -> SessionState:
    """Return what a survivor has written meanwhile."""
    by_a = {"host_client_id": "a", "incarnation": b.incarnation("a")}
    return replace(play.shown, epoch=2, version=9, **{**by_a, **changes})


def test_a_short_absence_changes_nothing() -> None:
    """R2: its own state on the topic, its authority not run out: it goes on at once."""
    play = cut_off("a", away=2.0)
    play.take(e.LinkUp())
    play.wait(0.2)
    assert play.stage() is StageName.HOST
    assert play.ask("a", m.Ready(True), 2) != []
    play.wait(0.2)
    assert play.shown.members["a"].ready


def test_nothing_is_applied_before_the_topic_was_read() -> None:
    """R2: others may have gone on."""
    play = cut_off("a", away=2.0)
    play.mute.add(Kind.PRESENCE)
    play.take(e.LinkUp())
    effects = play.ask("a", m.Ready(True), 2) + play.wait(1.0)
    assert b.sent(effects, Kind.STATE) == []
    assert b.sent(effects, Kind.REPLY) == []
    assert b.sent(effects, Kind.HEARTBEAT) == []


@pytest.mark.parametrize(
    "changes",
    [{"phase": Phase.CLOSED, "closed_reason": "host_lost"}, {}],
    ids=["closed", "superseded"],
)
def test_superseded_or_closed_it_ends(changes: dict[str, object]) -> None:
    """R2: `link_lost`, and nothing of ours is written over what stands there."""
    play = cut_off("a", away=8.0)
    stands(play, taken_over(play, **changes))
    effects = play.take(e.LinkUp()) + play.wait(1.0)
    assert reasons(play) == ["link_lost"]
    assert b.sent(effects, Kind.STATE) == []


def test_taken_over_under_migrate_it_is_a_member_again() -> None:
    """R2: it follows whoever hosts now."""
    play = cut_off("a", away=8.0, on_host_loss="migrate")
    stands(play, taken_over(play))
    play.take(e.LinkUp())
    play.wait(0.5)
    assert play.stage() is StageName.MEMBER
    assert play.shown.host_client_id == "a"


def test_a_member_that_beats_readmits() -> None:
    """R2: after a long absence somebody of the roster has to be there still."""
    play = cut_off("a", away=8.0)
    play.take(e.LinkUp())
    play.wait(1.0)
    play.beat("a")
    play.wait(1.0)
    assert play.stage() is StageName.HOST
    assert len(b.sent(play.wait(2.5), Kind.HEARTBEAT)) >= 1


def test_nobody_there_any_more_is_the_end() -> None:
    """R2: the survivors may have closed the session and gone."""
    play = cut_off("a", away=8.0)
    stands(play, None)
    play.take(e.LinkUp())
    play.wait(LEASE - 0.2)
    assert reasons(play) == []
    play.wait(0.5)
    assert reasons(play) == ["link_lost"]


def test_a_strangers_beat_readmits_nobody() -> None:
    """R13: only a member of the roster counts."""
    play = cut_off("a", away=8.0)
    stands(play, None)
    play.take(e.LinkUp())
    for _ in range(7):
        play.hear(b.beat_of("evil"), m.Beat(b.UID, 1, b.incarnation("evil")))
        play.wait(1.0)
    assert reasons(play) == ["link_lost"]


@pytest.mark.parametrize("empty", [False, True])
def test_alone_in_the_roster_it_goes_on(empty: bool) -> None:
    """R2: there was nobody to take over; an emptied topic is repaired."""
    play = cut_off(away=30.0)
    if empty:
        stands(play, None)
    play.take(e.LinkUp())
    play.wait(1.0)
    assert play.stage() is StageName.HOST
    assert isinstance(play.retained[b.STATE], SessionState)


def test_under_migrate_it_claims_after_a_lease() -> None:
    """R2: its own state still stands, nobody is heard: at the next epoch, by R5."""
    play = cut_off("a", away=8.0, on_host_loss="migrate")
    play.take(e.LinkUp())
    play.wait(LEASE + 2.0)
    assert play.stage() is StageName.HOST
    assert play.shown.epoch == 2


def test_a_later_creation_on_the_topic_is_the_end() -> None:
    """R7: whoever created it above our epoch has found nobody there."""
    play = cut_off("a", away=8.0)
    stands(play, b.state("x", session_uid="uid2", epoch=2))
    play.take(e.LinkUp())
    play.wait(1.0)
    assert reasons(play) == ["link_lost"]
    kept = play.retained[b.STATE]
    assert isinstance(kept, SessionState)
    assert kept.session_uid == "uid2"


def test_the_display_says_when_the_host_is_fenced() -> None:
    """R2: its display says "reconnecting", and that it is back."""
    play = b.hosting("a")
    play.mute.add(Kind.HEARTBEAT)
    play.wait(4.0)
    play.now += 20.0
    play.take(e.Tick())
    play.mute.clear()
    for _ in range(6):
        play.beat("a")
        play.wait(0.5)
    changes = [n.up for n in play.notices if isinstance(n, e.LinkChanged)]
    assert changes == [False, True]
    assert play.stage() is StageName.HOST
    assert SID in play.client.sessions


def test_a_second_cut_ends_what_the_first_one_began() -> None:
    """R2: waiting for a member is over with its connection; the next one reads anew."""
    play = cut_off("a", away=LEASE)
    stands(play, None)
    play.take(e.LinkUp())
    play.wait(0.5)
    play.beat("a")
    play.link_down()
    play.command(m.Ready(True))
    play.wait(LEASE)
    stands(play, taken_over(play, session_uid="created_since"))
    effects = play.take(e.LinkUp())
    effects += play.wait(0.3)
    assert b.sent(effects, Kind.HEARTBEAT) == []
    assert reasons(play) == ["link_lost"]
