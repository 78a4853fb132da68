"""Being a member."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.messages import Code, Presence
from headcount.core.seat import StageName
from headcount.core.state import Incarnation, Removal, SessionState
from headcount.core.topics import Kind, Topic
from tests.core import builders as b
from tests.core.builders import BEAT, LEASE, NOW, SID, Play


def later(play: Play, **changes: object) -> SessionState:
    """Return the next state of the host."""
    return replace(play.shown, version=play.shown.version + 1, **changes)


def ended(play: Play) -> list[str]:
    """Return the reasons with which the session has ended."""
    return [n.reason for n in play.notices if isinstance(n, e.SessionClosed)]


def test_a_member_renews_its_lease_every_heartbeat() -> None:
    """Section 3.2: uid, epoch and connection, on its own topic."""
    play = b.being_member("host", "a")
    start = play.now
    effects = list[e.Effect]()
    for _ in range(10):
        play.hear(b.HEARTBEAT, b.heartbeat(play.shown))
        effects += play.wait(BEAT)
    beats = b.sent(effects, Kind.BEAT)
    assert set(beats) == {e.Send(b.beat_of("me"), m.Beat(b.UID, 1, b.incarnation("me")))}
    assert 9 <= len(beats) <= 11
    assert play.now == pytest.approx(start + 20.0)


def test_every_later_state_is_shown_and_no_earlier_one() -> None:
    """Invariants 1 and 2: the display reads the accepted state and nothing else."""
    play = b.being_member("host", "a")
    new = later(play, members=play.shown.members)
    assert b.told(play.hear(b.STATE, new)) == [e.StateChanged(SID, new)]
    assert b.told(play.hear(b.STATE, new)) == []
    assert b.told(play.hear(b.STATE, replace(new, version=5))) == []
    assert b.told(play.hear(b.STATE, None)) == []
    assert play.shown == new


def test_a_member_listens_to_its_host_and_the_next_in_line() -> None:
    """Section 3.5: the presence of the host and of ranks 0 and 1."""
    play = b.joining()
    effects = play.hear(b.STATE, b.seated("host", "a", "b", "c"))
    listened = [t for x in effects if isinstance(x, e.Subscribe) for t in x.filters]
    presences = [t.client_id for t in listened if t.kind is Kind.PRESENCE]
    assert presences == ["host", "a", "b"]


# --- the host ------------------------------------------------------------------------------------


def test_a_host_that_is_heard_is_not_judged() -> None:
    """Heartbeats renew its lease for as long as they come."""
    play = b.being_member("host", "a")
    for _ in range(20):
        play.wait(LEASE - 0.1)
        play.hear(b.HEARTBEAT, b.heartbeat(play.shown))
    assert play.stage() is StageName.MEMBER


@pytest.mark.parametrize(
    "changes",
    [
        {"uid": "uid2"},
        {"epoch": 0},
        {"host": "a"},
        {"incarnation": Incarnation("other", 1)},
    ],
)
def test_heartbeats_of_others_renew_nothing(changes: dict[str, object]) -> None:
    """R11: inferior heartbeats and other uids never do."""
    play = b.being_member("host", "a", on_host_loss="migrate")
    given = play.shown
    for _ in range(13):
        play.hear(b.HEARTBEAT, b.heartbeat(given, **changes))
        play.wait(0.5)
    assert play.stage() is StageName.SUCCESSOR


def test_the_end_of_the_hosts_lease_is_the_verdict_after_a_barrier() -> None:
    """R1, R3: 6 s of silence, then one's own birth has to come back."""
    play = b.being_member("host", "a")
    play.wait(LEASE - 0.01)
    assert play.stage() is StageName.MEMBER
    play.mute.add(Kind.PRESENCE)
    play.wait(0.5)
    assert play.stage() is StageName.MEMBER
    play.mute.clear()
    play.wait(1.0)
    assert play.stage() is StageName.SUCCESSOR
    assert play.counted["hosts_lost"] == 1


def test_a_heartbeat_before_the_barrier_comes_back_saves_the_host() -> None:
    """R1: a member judges only if no heartbeat came before it."""
    play = b.being_member("host", "a")
    play.wait(LEASE - 0.01)
    play.mute.add(Kind.PRESENCE)
    play.wait(0.5)
    play.hear(b.HEARTBEAT, b.heartbeat(play.shown))
    play.mute.clear()
    play.wait(2.0)
    assert play.stage() is StageName.MEMBER


@pytest.mark.parametrize(
    ("phase", "verdict"), [(Phase.OPEN, 1.5), (Phase.STARTING, 1.5), (Phase.STARTED, LEASE)]
)
def test_a_death_starts_a_grace(phase: Phase, verdict: float) -> None:
    """R3: 1.5 s in the lobby; once started, what is left of its lease."""
    play = b.being_member("host", "a", phase=phase)
    play.hear(b.presence_of("host"), Presence("death", b.incarnation("host")))
    play.wait(verdict - 0.01)
    assert play.stage() is StageName.MEMBER
    play.wait(0.02)
    assert play.stage() is StageName.SUCCESSOR


@pytest.mark.parametrize(
    "saviour",
    [
        (b.presence_of("host"), Presence("birth", b.incarnation("host", 2))),
        (b.HEARTBEAT, b.heartbeat(b.seated("host", "a"))),
    ],
    ids=["birth", "heartbeat"],
)
def test_a_birth_or_a_heartbeat_ends_the_grace(saviour: tuple[Topic, m.Body]) -> None:
    """R3: a will is a hint."""
    play = b.being_member("host", "a")
    play.hear(b.presence_of("host"), Presence("death", b.incarnation("host")))
    play.wait(1.0)
    play.hear(*saviour)
    play.wait(2.0)
    assert play.stage() is StageName.MEMBER


@pytest.mark.parametrize(
    "presence",
    [
        (b.presence_of("host"), Presence("death", Incarnation("other", 9))),
        (b.presence_of("host"), Presence("death", b.incarnation("host", 0))),
        (b.presence_of("a"), Presence("death", b.incarnation("a"))),
    ],
)
def test_other_deaths_touch_the_host_not(presence: tuple[Topic, Presence]) -> None:
    """R3, R12: an earlier connection, another process, another member."""
    play = b.being_member("host", "a")
    play.hear(*presence)
    play.wait(3.0)
    assert play.stage() is StageName.MEMBER


def test_while_the_link_is_down_nobody_is_judged() -> None:
    """R1: neither then nor at once afterwards."""
    play = b.being_member("host", "a")
    play.link_down()
    play.wait(LEASE + 2.0)
    play.take(e.LinkUp())
    play.wait(1.0)
    assert play.stage() is StageName.MEMBER
    assert len(b.sent(play.effects, Kind.BEAT)) >= 1


def test_a_stall_is_not_held_against_the_host() -> None:
    """R1: pending input first, then its lease runs on; one's own beat goes out at once."""
    play = b.being_member("host", "a")
    play.now += 60.0
    effects = play.take(e.Tick())
    assert e.Count("stalls") in effects
    assert len(b.sent(effects, Kind.BEAT)) >= 1
    play.wait(3.0)
    assert play.stage() is StageName.MEMBER


def test_too_long_without_a_link_is_the_end() -> None:
    """R2: `link_timeout`, for members too; refused by every address is another reason."""
    for refused, reason in ((False, "link_lost"), (True, "broker_gone")):
        play = b.being_member("host", "a")
        play.link_down()
        play.take(e.LinkDown(refused=refused))
        play.wait(59.0)
        assert ended(play) == []
        play.wait(1.1)
        assert ended(play) == [reason]


# --- what is read --------------------------------------------------------------------------------


def test_a_version_one_lacks_is_read() -> None:
    """R8: within half a second of hearing of it."""
    play = b.being_member("host", "a")
    play.hear(b.HEARTBEAT, b.heartbeat(play.shown, version=6))
    assert e.Subscribe((b.STATE,)) in play.wait(0.5)
    play.hear(b.HEARTBEAT, b.heartbeat(play.shown))
    assert e.Subscribe((b.STATE,)) not in play.wait(0.6)


def test_an_unknown_later_heartbeat_suspends_the_verdict() -> None:
    """R11: somebody may have taken over unheard; it is read first."""
    play = b.being_member("host", "a")
    play.wait(LEASE - 0.5)
    beat = b.heartbeat(play.shown, host="a", epoch=2, incarnation=b.incarnation("a"))
    play.hear(b.HEARTBEAT, beat)
    assert e.Subscribe((b.STATE,)) in play.wait(1.0)
    assert play.stage() is StageName.MEMBER


def test_an_uninformed_claim_is_answered_with_what_one_has_read() -> None:
    """R4: so that the claimant claims again above it; once, after some jitter."""
    play = b.being_member("host", "a")
    given = play.shown
    claim = replace(given, host_client_id="a", incarnation=b.incarnation("a"), epoch=2, version=5)
    assert b.told(play.hear(b.STATE, claim)) == []
    assert b.sent(play.wait(0.2), Kind.STATE) == [e.Send(b.STATE, given, True)]
    assert play.counted["uninformed_claims"] == 1


@pytest.mark.parametrize("why", ["kicked", "left"])
def test_being_removed_on_purpose_ends_ones_part(why: str) -> None:
    """R8: `kicked` and `left` do not rejoin; the reason is told once."""
    play = b.being_member("host", "a")
    out = play.shown.without_member("me", Removal(why))  # type: ignore[arg-type]
    play.hear(b.STATE, replace(out, version=6))
    assert ended(play) == [why]


def test_the_end_of_the_session_is_the_end() -> None:
    """S16: every instance is told, with the reason."""
    play = b.being_member("host", "a")
    over = later(play, phase=Phase.CLOSED, epoch=2, closed_reason="host_left")
    told = b.told(play.hear(b.STATE, over))
    assert told == [
        e.StateChanged(SID, over),
        e.SessionClosed(SID, "host_left"),
        e.SessionParted(SID),
    ]


def test_a_newer_process_takes_the_seat() -> None:
    """R12: the newest process wins."""
    play = b.being_member("host", "a")
    mine = replace(play.shown.members["me"], incarnation=Incarnation("newer", 1))
    play.hear(b.STATE, replace(play.shown.with_member("me", mine), version=6))
    assert ended(play) == ["replaced"]


def test_a_handover_makes_the_next_in_line_host() -> None:
    """R6: a host that leaves under `migrate` hands over at the next epoch."""
    play = b.being_member("host", on_host_loss="migrate")
    out = play.shown.without_member("host", Removal("left"))
    handed = replace(out, host_client_id="me", incarnation=b.incarnation("me"), epoch=2, version=6)
    play.hear(b.STATE, handed)
    assert play.stage() is StageName.HOST


def test_being_told_that_one_is_no_member_makes_one_read() -> None:
    """R8: the state decides; without a seat in it one asks again."""
    play = b.being_member("host", "a")
    reply = m.Reply(b.UID, "n_me", 0, Code.NOT_MEMBER, 1)
    effects = play.hear(b.reply_to("me"), reply) + play.wait(0.1)
    assert e.Subscribe((b.STATE,)) in effects
    assert play.stage() is StageName.MEMBER
    other = replace(reply, nonce="other")
    assert e.Subscribe((b.STATE,)) not in play.hear(b.reply_to("me"), other) + play.wait(0.1)


# --- leaving -------------------------------------------------------------------------------------


def test_leaving_waits_for_the_host() -> None:
    """S15: it asks to be removed first; the answer ends it."""
    play = b.being_member("host", "a")
    (request,) = b.sent(play.command(m.Leave()), Kind.REQUEST)
    assert isinstance(request.body, m.Request)
    assert request.body.ask == m.Leave()
    told = b.told(play.hear(b.reply_to("me"), m.Reply(b.UID, "n_me", 2, Code.ACCEPTED, 1, 6)))
    assert told == [
        e.Accepted(SID, "leave", 6, 1),
        e.SessionClosed(SID, "left"),
        e.SessionParted(SID),
    ]


def test_leaving_does_not_wait_for_ever() -> None:
    """After two seconds one goes, and says so with a death."""
    play = b.being_member("host", "a")
    play.command(m.Leave())
    effects = play.wait(2.1)
    deaths = [s.body for s in b.sent(effects, Kind.PRESENCE)]
    assert Presence("death", b.incarnation("me")) in deaths
    assert ended(play) == ["left"]


def test_leaving_without_a_link_is_having_left() -> None:
    """There is nobody to ask."""
    play = b.being_member("host", "a")
    play.link_down()
    play.command(m.Leave())
    assert ended(play) == ["left"]
    assert play.now == NOW
