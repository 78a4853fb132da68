"""One instance's place in one session, whatever stage it has reached."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.seat import StageName
from headcount.core.topics import Kind, Topic
from tests.core import builders as b
from tests.core.builders import LEASE, SID


def test_a_seat_listens_to_what_it_needs_and_gives_it_up_at_the_end() -> None:
    """S3: one subscription table; nothing is left behind."""
    play = b.being_member("host", "a")
    effects = play.take(e.Forget(SID))
    (gone,) = [x for x in effects if isinstance(x, e.Unsubscribe)]
    assert set(gone.filters) == {
        Topic(Kind.REPLY, SID, "me"),
        Topic(Kind.HEARTBEAT, SID),
        Topic(Kind.MESSAGE, SID, "+"),
        b.STATE,
        b.presence_of("host"),
        b.presence_of("a"),
    }
    assert b.told(effects) == [e.SessionParted(SID)]


def test_a_new_connection_subscribes_to_everything_again() -> None:
    """Clean sessions only: the broker remembers nothing."""
    play = b.being_member("host", "a")
    play.link_down()
    effects = play.take(e.LinkUp())
    listened = {t for x in effects if isinstance(x, e.Subscribe) for t in x.filters}
    assert {b.STATE, b.HEARTBEAT, b.presence_of("host"), b.presence_of("me")} <= listened


@pytest.mark.parametrize("trusting", [False, True])
def test_a_doubted_state_needs_its_heartbeat(trusting: bool) -> None:
    """R13: and a lease without one's own host; after one's own LinkUp the heartbeat is enough."""
    play = b.being_member("host", "a")
    play.hear(b.HEARTBEAT, b.heartbeat(play.shown))
    if trusting:
        play.link_down()
        play.take(e.LinkUp())
    strange = replace(
        play.shown.with_member("x", b.member("x", 9)),
        host_client_id="x",
        incarnation=b.incarnation("x"),
        epoch=2,
        version=9,
    )
    play.hear(b.STATE, strange)
    assert play.shown.count == 3
    assert play.counted["doubted_states"] == 1
    play.hear(b.HEARTBEAT, b.heartbeat(strange))
    assert play.shown.count == (4 if trusting else 3)
    if not trusting:
        play.wait(LEASE)
        play.hear(b.HEARTBEAT, b.heartbeat(strange))
        assert play.shown.host_client_id == "x"


def test_a_state_is_shown_once() -> None:
    """Repeated messages are no news."""
    play = b.being_member("host", "a")
    new = replace(play.shown, version=6)
    assert len(b.told(play.hear(b.STATE, new))) == 1
    assert b.told(play.hear(b.STATE, new)) == []
    assert b.told(play.hear(b.STATE, new, retained=True)) == []


def test_a_countdown_is_told_in_whole_seconds() -> None:
    """From the reader's own clock: no decision compares two machines' clocks."""
    play = b.being_member("host", "a")
    counting = replace(play.shown, version=6, phase=Phase.STARTING, countdown=2.5)
    assert b.told(play.hear(b.STATE, counting)) == [
        e.StateChanged(SID, counting),
        e.CountdownTick(SID, 3),
    ]
    assert b.told(play.wait(1.1)) == [e.CountdownTick(SID, 2)]
    assert b.told(play.wait(1.0)) == [e.CountdownTick(SID, 1)]
    started = replace(counting, version=7, phase=Phase.STARTED, countdown=None)
    assert b.told(play.hear(b.STATE, started)) == [
        e.StateChanged(SID, started),
        e.CountdownTick(SID, 0),
    ]


def test_a_countdown_that_ends_early_is_told() -> None:
    """None: there is no countdown any more."""
    play = b.being_member("host", "a")
    counting = replace(play.shown, version=6, phase=Phase.STARTING, countdown=9.0)
    play.hear(b.STATE, counting)
    stopped = replace(counting, version=7, phase=Phase.OPEN, countdown=None)
    assert b.told(play.hear(b.STATE, stopped))[-1] == e.CountdownTick(SID, None)
    assert b.told(play.wait(3.0)) == []


def test_messages_are_numbered_by_their_sender() -> None:
    """Section 3.2: uid, nonce, number, payload."""
    play = b.being_member("host", "a")
    effects = play.take(e.Say(SID, {"x": 1})) + play.take(e.Say(SID, None))
    topic = Topic(Kind.MESSAGE, SID, "me")
    assert b.sent(effects, Kind.MESSAGE) == [
        e.Send(topic, m.AppMessage(b.UID, "n_me", 1, {"x": 1})),
        e.Send(topic, m.AppMessage(b.UID, "n_me", 2, None)),
    ]


def test_who_is_in_a_session_hears_its_members() -> None:
    """Once it is shown, and not before."""
    play = b.joining()
    said = m.AppMessage(b.UID, "n_a", 1, "hi")
    topic = Topic(Kind.MESSAGE, SID, "a")
    assert b.told(play.hear(topic, said)) == []
    play.hear(b.STATE, b.seated("host", "a"))
    assert b.told(play.hear(topic, said)) == [e.MessageArrived(SID, "a", "a", "hi", 1)]


def test_an_answer_for_another_client_is_not_ours() -> None:
    """Even if it arrives here."""
    play = b.being_member("host", "a")
    play.command(m.Ready(True), 7)
    reply = m.Reply(b.UID, "n_me", 2, m.Code.ACCEPTED, 1, 6)
    assert b.told(play.hear(b.reply_to("a"), reply)) == []
    assert b.told(play.hear(b.reply_to("me"), reply)) == [e.Accepted(SID, "ready", 6, 7)]


def test_the_end_is_told_once() -> None:
    """Whatever comes afterwards."""
    play = b.being_member("host", "a")
    play.seat.end("closed")
    play.seat.end("left")
    play.seat.tell_end("kicked")
    told = b.told(play.wait(0.01) + play.take(e.Browse()))
    assert [n for n in told if isinstance(n, e.SessionClosed)] == [e.SessionClosed(SID, "closed")]
    assert told.count(e.SessionParted(SID)) == 1


def test_every_stage_has_its_class() -> None:
    """A name that leads nowhere would raise in the middle of a game."""
    play = b.connected_play()
    play.take(e.Observe(SID))
    assert set(play.seat.stages) == set(StageName)
