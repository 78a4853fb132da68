"""Being host."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.messages import Code, Presence
from headcount.core.seat import StageName
from headcount.core.state import Incarnation, SessionState
from headcount.core.topics import Kind
from tests.core import builders as b
from tests.core.builders import BEAT, LEASE, SID, Play

READY = m.Ready(True)


def states(effects: list[e.Effect]) -> list[SessionState]:
    """Return the states among what is sent."""
    bodies = [send.body for send in b.sent(effects, Kind.STATE)]
    return [body for body in bodies if isinstance(body, SessionState)]


def codes(effects: list[e.Effect]) -> list[Code]:
    """Return the answers among what is sent."""
    bodies = [send.body for send in b.sent(effects, Kind.REPLY)]
    return [body.code for body in bodies if isinstance(body, m.Reply)]


def beats(effects: list[e.Effect]) -> list[m.Heartbeat]:
    """Return the heartbeats among what is sent."""
    bodies = [send.body for send in b.sent(effects, Kind.HEARTBEAT)]
    return [body for body in bodies if isinstance(body, m.Heartbeat)]


def keep_alive(play: Play, seconds: float, *who: str) -> list[e.Effect]:
    """Let time pass while these members beat."""
    effects = list[e.Effect]()
    for _ in range(int(seconds / 0.5)):
        effects += play.wait(0.5)
        for client_id in who:
            effects += play.beat(client_id)
    return effects


def phase(play: Play) -> Phase:
    """Return the phase that is shown."""
    return play.shown.phase


def status(play: Play, client_id: str) -> str:
    """Return whether a member is shown connected or away."""
    return play.shown.members[client_id].status


# --- heartbeats ----------------------------------------------------------------------------------


def test_a_host_beats_every_interval() -> None:
    """S12, S17: uid, epoch, version and the one number, every two seconds."""
    play = b.hosting("a")
    heard = beats(keep_alive(play, 20.0, "a"))
    assert len(heard) == 10
    assert {(x.uid, x.epoch, x.host, x.version, x.count) for x in heard} == {(b.UID, 1, "me", 2, 2)}
    assert [x.seq for x in heard] == list(range(heard[0].seq, heard[0].seq + 10))


def test_a_probe_is_answered_soon_and_not_too_often() -> None:
    """R10: after 20 to 150 ms; at most one in 250 ms; one at its end for those inside it."""
    play = b.hosting()
    play.wait(0.5)
    start, times = play.now, list[float]()
    for _ in range(100):
        play.hear(b.PROBE, m.Probe("x"))
        if beats(play.wait(0.01)):
            times.append(play.now - start)
    assert 0.02 <= times[0] <= 0.17
    assert all(later - earlier >= 0.24 for earlier, later in pairwise(times))
    assert 3 <= len(times) <= 5


def test_a_look_at_the_session_is_a_probe_too() -> None:
    """R10: on `session_request/{id}` for one, on `session_probe` for all."""
    play = b.hosting()
    play.wait(0.5)
    assert codes(play.ask("x", m.Look(), 0)) == []
    assert len(beats(play.wait(0.2))) == 1


def test_a_stranger_that_beats_is_told() -> None:
    """R8: `not_member`, at most once an interval."""
    play = b.hosting()
    told = [codes(play.beat("x")) for _ in range(3)]
    assert told == [[Code.NOT_MEMBER], [], []]
    play.wait(BEAT)
    assert codes(play.beat("x")) == [Code.NOT_MEMBER]


# --- requests ------------------------------------------------------------------------------------


def test_joining_changes_the_one_number_everywhere() -> None:
    """S25 (1): published at once, answered after the echo, shown by the host itself."""
    play = b.hosting()
    play.wait(1.0)
    effects = play.ask("a", b.join("a"))
    assert [s.connected_instances for s in states(effects)] == [["me", "a"]]
    assert codes(effects) == [Code.ACCEPTED]
    assert play.shown.count == 2
    leave = play.ask("a", m.Leave(), 2) + play.wait(0.1)
    assert [s.connected_instances for s in states(leave)] == [["me"]]
    assert play.shown.count == 1


def test_accepted_only_after_the_live_echo() -> None:
    """R4: not while the state is lost on its way, and not for a retained copy of it."""
    play = b.hosting("a")
    play.mute.add(Kind.STATE)
    effects = play.ask("a", READY, 2) + play.wait(0.1)
    (published,) = states(effects)
    assert codes(effects) == []
    assert codes(play.hear(b.STATE, published, retained=True)) == []
    play.mute.clear()
    assert codes(play.hear(b.STATE, published)) == [Code.ACCEPTED]


def test_a_repeated_request_is_answered_and_not_done_again() -> None:
    """Section 3.1: one version, one answer for each time it was asked."""
    play = b.hosting("a")
    play.ask("a", READY, 2)
    version = play.shown.version
    assert codes(play.ask("a", READY, 2)) == [Code.ACCEPTED]
    play.wait(0.5)
    assert play.shown.version == version


def test_changes_close_together_are_published_together() -> None:
    """Invariant 10: bursts are coalesced, and the last one is always published."""
    play = b.hosting(num_players_max=None)
    play.wait(1.0)
    effects = list[e.Effect]()
    for number in range(20):
        effects += play.ask(f"c{number}", b.join(f"c{number}"))
    effects += play.wait(0.2)
    assert len(states(effects)) <= 3
    assert states(effects)[-1].count == 21
    assert codes(effects) == [Code.ACCEPTED] * 20


@pytest.mark.parametrize(
    "changes", [{"uid": "other"}, {"incarnation": b.incarnation("me")}, {"epoch": 3}]
)
def test_requests_that_are_not_for_this_host(changes: dict[str, Any]) -> None:
    """Another session, one's own echo, or a stranger's word of a later epoch."""
    play = b.hosting()
    effects = play.ask("x", b.join("x"), **changes) + play.wait(0.3)
    assert codes(effects) == []
    assert play.shown.count == 1
    assert play.stage() is StageName.HOST


def test_a_request_of_a_dead_connection_is_void() -> None:
    """R3, invariant 6: what was under way when it died brings nobody back."""
    play = b.hosting("a")
    play.hear(b.presence_of("a"), Presence("death", b.incarnation("a")))
    assert codes(play.ask("a", READY, 2)) == []
    assert status(play, "a") == "away"
    effects = play.ask("a", READY, 2, incarnation=b.incarnation("a", 2)) + play.wait(0.1)
    assert codes(effects) == [Code.ACCEPTED]
    assert status(play, "a") == "connected"


# --- who is there --------------------------------------------------------------------------------


def test_a_silent_member_is_away_and_then_removed() -> None:
    """R3, S24: out of the count at the end of its lease, out of its seat after the grace."""
    play = b.hosting("a", "b")
    keep_alive(play, LEASE - 0.5, "b")
    assert play.shown.count == 3
    keep_alive(play, 1.0, "b")
    assert play.shown.connected_instances == ["me", "b"]
    assert "a" in play.shown.members
    keep_alive(play, 2.0, "b")
    assert "a" not in play.shown.members
    assert play.shown.removed["a"].why == "silent"


def test_a_death_is_seen_at_once() -> None:
    """R3: a will is a hint; the display does not wait for the lease."""
    play = b.hosting("a")
    play.wait(0.2)
    play.hear(b.presence_of("a"), Presence("death", b.incarnation("a")))
    assert play.shown.count == 1
    play.beat("a", incarnation=b.incarnation("a", 2))
    play.wait(0.1)
    assert play.shown.count == 2


def test_a_stall_of_the_host_removes_nobody() -> None:
    """R1: all pending input is handled before any verdict."""
    play = b.hosting("a")
    play.now += 60.0
    play.beat("a")
    play.wait(3.0)
    assert play.shown.count == 2
    assert play.counted["stalls"] == 1


# --- starting ------------------------------------------------------------------------------------


def test_a_countdown_starts_the_session() -> None:
    """Section 3.3: starting, whole seconds told, then started."""
    play = b.hosting("a")
    play.command(m.Start(2.0))
    assert phase(play) is Phase.STARTING
    keep_alive(play, 3.0, "a")
    assert phase(play) is Phase.STARTED
    ticks = [n.seconds for n in play.notices if isinstance(n, e.CountdownTick)]
    assert ticks == [2, 1, 0]


def test_a_countdown_can_be_cancelled() -> None:
    """Everybody is told that there is none any more."""
    play = b.hosting("a")
    play.command(m.Start(5.0))
    keep_alive(play, 1.0, "a")
    play.command(m.Cancel(), 2)
    keep_alive(play, 6.0, "a")
    assert phase(play) is Phase.OPEN
    ticks = [n.seconds for n in play.notices if isinstance(n, e.CountdownTick)]
    assert ticks[0] == 5
    assert ticks[-1] is None


def test_a_countdown_falls_back_below_the_minimum() -> None:
    """Section 3.3: when too few seats are taken."""
    play = b.hosting("a", num_players_min=2)
    play.command(m.Start(5.0))
    assert phase(play) is Phase.STARTING
    play.ask("a", m.Leave(), 2)
    play.wait(0.2)
    assert (play.shown.phase, play.shown.countdown) == (Phase.OPEN, None)
    play.wait(6.0)
    assert phase(play) is Phase.OPEN


def test_a_full_session_starts_by_itself_if_it_was_founded_so() -> None:
    """Auto start: three seconds after the last seat was taken."""
    play = b.hosting("a", auto_start=True, num_players_max=2)
    assert phase(play) is Phase.STARTING
    keep_alive(play, 3.5, "a")
    assert phase(play) is Phase.STARTED
    play = b.hosting("a", num_players_max=2)
    keep_alive(play, 4.0, "a")
    assert phase(play) is Phase.OPEN


def test_a_cancelled_auto_start_does_not_begin_again() -> None:
    """Only filling the last seat starts it."""
    play = b.hosting("a", auto_start=True, num_players_max=2)
    play.command(m.Cancel())
    keep_alive(play, 5.0, "a")
    play.ask("a", READY, 2)
    assert phase(play) is Phase.OPEN


# --- the topic -----------------------------------------------------------------------------------


@pytest.mark.parametrize("standing", [None, "older"])
def test_the_topic_is_repaired_at_the_next_heartbeat(standing: str | None) -> None:
    """R9: an emptied topic, or an older state on it; the display shows the same all the time."""
    play = b.hosting("a")
    keep_alive(play, 1.0, "a")
    given = play.shown
    body = None if standing is None else replace(given, version=1)
    play.retained.pop(b.STATE)
    assert b.told(play.hear(b.STATE, body)) == []
    effects = keep_alive(play, BEAT, "a")
    assert states(effects) == [given]
    assert play.retained[b.STATE] == given
    assert states(keep_alive(play, 3 * BEAT, "a")) == []


def test_ones_own_id_at_a_version_never_written_is_published_above() -> None:
    """R13: the host's answer to a state forged in its name."""
    play = b.hosting("a")
    forged = replace(play.shown, version=40, properties={"evil": True})
    effects = play.hear(b.STATE, forged) + play.wait(0.2)
    assert states(effects)[-1].version == 41
    assert (play.shown.version, play.shown.properties) == (41, {})


def test_another_creation_is_answered() -> None:
    """R7: with a heartbeat and one's own state; the younger hears it and withdraws."""
    play = b.hosting()
    play.wait(1.0)
    given = play.shown
    effects = play.hear(b.STATE, b.state("x", session_uid="uid2")) + play.wait(0.2)
    assert len(beats(effects)) == 1
    assert states(effects) == [given]


# --- the fence -----------------------------------------------------------------------------------


def test_a_host_that_does_not_hear_itself_acts_no_more() -> None:
    """R2: past send time + lease - 1 s it applies nothing, its own commands included."""
    play = b.hosting("a")
    play.mute.add(Kind.HEARTBEAT)
    keep_alive(play, LEASE, "a")
    assert codes(play.ask("a", READY, 2)) == []
    effects = play.command(m.Ready(True), 9)
    assert b.told(effects) == []
    assert states(effects) == []
    play.mute.clear()
    keep_alive(play, 3.0, "a")
    accepted = [n.ref for n in play.notices if isinstance(n, e.Accepted)]
    assert accepted[-1] == 9


def test_a_command_that_waits_too_long_is_given_up() -> None:
    """S19: a message that a user understands."""
    play = b.hosting()
    play.link_down()
    play.command(READY, 9)
    play.wait(6.0)
    refused = [n for n in play.notices if isinstance(n, e.Refused)]
    assert [(n.ref, n.code) for n in refused] == [(9, Code.TIMEOUT)]


def test_a_stranger_cannot_depose_a_host() -> None:
    """R13: one forged heartbeat, beat or request of a later epoch ends no session."""
    play = b.hosting("a")
    evil = b.incarnation("evil")
    beat = b.heartbeat(play.shown, host="evil", incarnation=evil, epoch=9)
    play.hear(b.HEARTBEAT, beat)
    play.hear(b.beat_of("evil"), m.Beat(b.UID, 9, evil))
    play.hear(b.REQUEST, m.Request("evil", evil, 1, m.Leave(), b.UID, 9))
    keep_alive(play, 2.0, "a")
    assert play.stage() is StageName.HOST
    assert play.shown.count == 2


@pytest.mark.parametrize("policy", ["close", "migrate"])
def test_a_host_that_was_overtaken_gives_way(policy: str) -> None:
    """R2: superseded, it ends; under `migrate` it joins again as a member."""
    play = b.hosting("a", on_host_loss=policy)
    taken = replace(
        play.shown, host_client_id="a", incarnation=b.incarnation("a"), epoch=2, version=9
    )
    told = b.told(play.hear(b.STATE, taken))
    if policy == "close":
        assert e.SessionClosed(SID, "link_lost") in told
    else:
        assert play.stage() is StageName.MEMBER
    assert play.counted["fenced_out"] == 1


def test_an_uninformed_claim_is_claimed_above() -> None:
    """R4: by the host that was judged without having been read; but not to any height (R13)."""
    play = b.hosting("a")
    given = play.shown
    claim = replace(given, host_client_id="a", incarnation=b.incarnation("a"), epoch=4)
    effects = play.hear(b.STATE, claim) + play.wait(0.2)
    assert states(effects)[-1].epoch == 5
    far = replace(claim, epoch=2**53 - 1)
    keep_alive(play, 1.0, "a")
    effects = play.hear(b.STATE, far) + play.wait(0.2)
    assert play.shown.epoch == 5
    assert play.shown.count == 2


# --- the end -------------------------------------------------------------------------------------


def test_leaving_closes_the_session_and_clears_it() -> None:
    """R6, S15, S17: closed is published first, then both topics are cleared."""
    play = b.hosting("a")
    effects = play.command(m.Leave(), 3)
    (over,) = states(effects)
    assert (over.phase, over.closed_reason, over.epoch) == (Phase.CLOSED, "host_left", 2)
    assert [s.topic for s in b.sent(effects) if s.retain and s.body is None] == [b.STATE, b.CARD]
    assert play.retained == {}
    assert [n for n in b.told(effects) if not isinstance(n, e.StateChanged)] == [
        e.Accepted(SID, "leave", over.version, 3),
        e.SessionClosed(SID, "left"),
        e.SessionParted(SID),
    ]
    assert play.client.next_deadline() is not None


def test_leaving_hands_over_where_it_was_founded_so() -> None:
    """R6: under `migrate` to the first in line, at the next epoch."""
    play = b.hosting("a", "b", on_host_loss="migrate")
    effects = play.command(m.Leave())
    (handed,) = states(effects)
    assert (handed.host_client_id, handed.epoch) == ("a", 2)
    assert handed.incarnation == b.incarnation("a")
    assert handed.connected_instances == ["a", "b"]
    assert handed.phase is Phase.OPEN
    assert play.retained[b.STATE] == handed


def test_closing_ends_it_for_everyone() -> None:
    """A command of the host, whatever the policy."""
    play = b.hosting("a", on_host_loss="migrate")
    (over,) = states(play.command(m.Close()))
    assert (over.phase, over.closed_reason) == (Phase.CLOSED, "closed")
    assert e.SessionClosed(SID, "closed") in play.notices


def test_after_closing_nothing_is_said_for_that_uid() -> None:
    """R6: whatever is asked or written."""
    play = b.hosting("a")
    shown = play.shown
    play.command(m.Leave())
    play.wait(1.0)
    before = len(play.effects)
    play.ask("a", READY, 5)
    play.hear(b.STATE, replace(shown, version=99, epoch=9))
    play.hear(b.HEARTBEAT, b.heartbeat(shown))
    play.wait(10.0)
    kinds = {send.topic.kind for send in b.sent(play.effects[before:])}
    assert kinds <= {Kind.PRESENCE, Kind.PROBE}


@pytest.mark.parametrize("policy", ["close", "migrate"])
def test_a_newer_process_of_the_host_takes_the_session(policy: str) -> None:
    """R12: with the secret, from its own record; the older one is told `replaced`."""
    play = b.hosting("a", on_host_loss=policy)
    wanted = m.Request("me", Incarnation("newer", 1), 1, m.Join("me", "mine"))
    play.hear(b.REQUEST, wanted)
    play.wait(0.3)
    assert e.SessionClosed(SID, "replaced") in play.notices
    kept = play.retained[b.STATE]
    assert isinstance(kept, SessionState)
    assert (kept.incarnation.nonce, kept.epoch) == ("newer", 2)


def test_a_card_follows_what_was_changed() -> None:
    """Section 3.2: the card tells the seats, on brokers where nothing expires too."""
    play = b.hosting("a")
    play.wait(5.0)
    before = b.sent(play.effects, Kind.CARD)
    change = m.Change("num_players_max", play.shown.num_players_max, 7)
    play.command(m.Patch([change]))
    play.wait(5.0)
    new = b.sent(play.effects, Kind.CARD)[len(before) :]
    assert [card.body.num_players_max for card in new if isinstance(card.body, m.Card)] == [7]
