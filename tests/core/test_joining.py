"""Joining: asking for a seat."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.lifecycle import Phase
from headcount.core.messages import Code
from headcount.core.seat import StageName
from headcount.core.state import Applied, Removal
from headcount.core.topics import Kind
from tests.core import builders as b
from tests.core.builders import SID, Play


def refusals(play: Play) -> list[tuple[str, Code]]:
    """Return what the application was refused."""
    return [(n.request, n.code) for n in play.notices if isinstance(n, e.Refused)]


def test_the_request_goes_out_at_once() -> None:
    """R10: nothing is read before; an answer to it confirms the session too."""
    play = b.joining()
    (send,) = b.sent(play.effects, Kind.REQUEST)
    assert send == e.Send(b.REQUEST, b.request("me", m.Join("me", "mine", None), 1))


def test_nobody_there_is_told_within_a_second() -> None:
    """R10: nobody by 0.8 s means that there is no such session."""
    play = b.joining()
    play.wait(0.79)
    assert refusals(play) == []
    play.wait(0.02)
    assert refusals(play) == [("join", Code.NOT_FOUND)]
    assert b.told(play.effects)[-1] == e.SessionParted(SID)


def test_giving_up_gives_the_seat_back() -> None:
    """A host that comes back late decides what it has; nobody would be on that seat."""
    play = b.joining()
    effects = play.wait(0.81)
    assert b.sent(effects, Kind.REQUEST)[-1] == e.Send(b.REQUEST, b.request("me", m.Leave(), 2))


def test_a_state_with_the_seat_is_success() -> None:
    """R4: success is read in a state; it is shown at once."""
    play = b.joining()
    given = b.seated("host")
    assert b.told(play.hear(b.STATE, given)) == [
        e.Accepted(SID, "join", 5, None),
        e.StateChanged(SID, given),
    ]
    assert play.stage() is StageName.MEMBER


def test_a_seat_of_an_older_request_is_no_success() -> None:
    """An earlier process of this client may have had it, or a ghost (S2)."""
    play = b.joining()
    for nonce, number in (("old", 9), ("n_me", 0)):
        given = b.seated("host")
        mine = replace(given.members["me"], applied=Applied(nonce, number))
        play.hear(b.STATE, given.with_member("me", mine))
    assert play.stage() is StageName.JOINING
    assert play.notices == []


def test_an_accepting_reply_asks_for_the_state() -> None:
    """The state with the seat is on its way, and read again in case it was lost."""
    play = b.joining()
    reply = m.Reply(b.UID, "n_me", 1, Code.ACCEPTED, 1, 5)
    assert e.Subscribe((b.STATE,)) in play.hear(b.reply_to("me"), reply)
    assert play.stage() is StageName.JOINING
    play.wait(2.0)
    assert refusals(play) == []


@pytest.mark.parametrize("code", [c for c in Code if c is not Code.ACCEPTED])
def test_a_refusing_reply_ends_it(code: Code) -> None:
    """The reason is told once, and nothing is listened to any more."""
    play = b.joining()
    told = b.told(play.hear(b.reply_to("me"), m.Reply(b.UID, "n_me", 1, code, 1, 0, "why")))
    assert told == [e.Refused(SID, "join", code, "why", None, None), e.SessionParted(SID)]


@pytest.mark.parametrize(
    "reply",
    [
        m.Reply(b.UID, "other", 1, Code.FULL, 1),
        m.Reply(b.UID, "n_me", 2, Code.FULL, 1),
        m.Reply(b.UID, "n_me", 0, Code.NOT_MEMBER, 1),
    ],
)
def test_somebody_elses_answer_is_not_ours(reply: m.Reply) -> None:
    """Another process, another request."""
    play = b.joining()
    assert b.told(play.hear(b.reply_to("me"), reply)) == []
    assert play.stage() is StageName.JOINING


def test_a_sign_of_life_gives_patience() -> None:
    """Somebody hosts this session: a lease more, three at the most."""
    play = b.joining()
    for _ in range(20):
        play.hear(b.HEARTBEAT, b.heartbeat(b.state()))
        play.wait(1.0)
    assert refusals(play) == [("join", Code.TIMEOUT)]
    asked = len(b.sent(play.effects, Kind.REQUEST))
    assert 9 <= asked <= 16


def test_a_state_without_the_seat_gives_patience_but_no_success() -> None:
    """A retained state of a dead session is not joined (R10)."""
    play = b.connected_play()
    play.retained[b.STATE] = b.state("host")
    play.take(e.Enter(SID, "me", "mine"))
    play.wait(5.9)
    assert refusals(play) == []
    play.wait(0.2)
    assert refusals(play) == [("join", Code.NOT_FOUND)]


def test_a_closed_state_is_not_waited_for() -> None:
    """What is over gives no patience."""
    play = b.connected_play()
    play.retained[b.STATE] = b.state("host", phase=Phase.CLOSED)
    play.take(e.Enter(SID, "me", "mine"))
    play.wait(0.9)
    assert refusals(play) == [("join", Code.NOT_FOUND)]


def test_time_without_a_link_does_not_count() -> None:
    """R1: patience begins anew with the connection, and the request is sent anew."""
    play = b.joining()
    play.wait(0.5)
    play.link_down()
    play.wait(20.0)
    assert refusals(play) == []
    (again,) = b.sent(play.take(e.LinkUp()), Kind.REQUEST)
    assert isinstance(again.body, m.Request)
    assert (again.body.request, again.body.incarnation.counter) == (1, 2)
    play.wait(0.9)
    assert refusals(play) == [("join", Code.NOT_FOUND)]


def test_leaving_before_the_answer_gives_the_seat_back() -> None:
    """S12 `_cancelConnection`: the seat may be ours before we know."""
    play = b.joining()
    effects = play.command(m.Leave())
    (left,) = b.sent(effects, Kind.REQUEST)
    assert left == e.Send(b.REQUEST, b.request("me", m.Leave(), 2))
    assert b.told(effects) == [e.SessionClosed(SID, "left"), e.SessionParted(SID)]


@pytest.mark.parametrize(
    ("why", "stage"), [("kicked", None), ("silent", StageName.JOINING), ("left", None)]
)
def test_who_lost_the_seat_asks_again_unless_it_was_meant(
    why: str, stage: StageName | None
) -> None:
    """R8: `silent` rejoins; `kicked` and `left` do not."""
    play = b.being_member("host", "a")
    removal = Removal(why)  # type: ignore[arg-type]
    effects = play.hear(b.STATE, replace(play.shown.without_member("me", removal), version=6))
    if stage is None:
        assert b.sent(effects, Kind.REQUEST) == []
        assert play.seat.over
    else:
        assert play.stage() is stage
        (again,) = b.sent(effects, Kind.REQUEST)
        assert isinstance(again.body, m.Request)
        assert again.body.ask == m.Join("me", "mine", None)
        assert (again.body.uid, again.body.epoch) == (b.UID, 1)


def test_joining_again_is_shown_without_news() -> None:
    """The application sees the states, and no second "accepted"."""
    play = b.being_member("host", "a")
    out = replace(play.shown.without_member("me", Removal("silent")), version=6)
    play.hear(b.STATE, out)
    mine = b.member("me", 9, applied=Applied("n_me", 2))
    back = replace(out.with_member("me", mine), version=7)
    assert b.told(play.hear(b.STATE, back)) == [e.StateChanged(SID, back)]
    assert play.stage() is StageName.MEMBER
