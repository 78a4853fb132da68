"""What those who follow the sessions are told of them."""

from __future__ import annotations

from msgspec import Raw

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.listing import CHANNEL, MOST
from headcount.chat.wire.outgoing import Frame, Sessions
from tests.chat.hub.bench import Bench, kept, sent, told


def live(id: str, shown: bytes) -> n.LiveSession:
    """Return a session as it comes to the hub."""
    return n.LiveSession(id, (), shown)


def change(bench: Bench, *sessions: n.LiveSession) -> list[Frame]:
    """Let these be the live sessions; return what all are told of it."""
    return told(bench.do(n.SessionsChanged(sessions)), CHANNEL)


def lists(effects: list[x.Effect], name: str) -> list[Frame]:
    """Return what one connection alone is told of the sessions."""
    return [frame for frame in sent(effects, name) if isinstance(frame, Sessions)]


def following(*names: str, **settings: bool) -> Bench:
    """Return a hub with one session, which these follow."""
    bench = Bench(**settings)
    change(bench, live("sea", b"1"))
    bench.open(*names)
    for name in names:
        bench.says(name, type="presence", diff=True)
    return bench


def test_who_follows_is_told_all_and_then_what_changes() -> None:
    """Each change once, for all; what was told already is not told again."""
    bench = following()
    bench.open("a")
    effects = bench.says("a", type="presence", diff=True)
    assert lists(effects, "a") == [Sessions([Raw(b"1")], [], whole=True)]
    assert x.Subscribe("a", CHANNEL) in effects
    assert change(bench, live("sea", b"1"), live("lake", b"2")) == [Sessions([Raw(b"2")], [])]
    assert change(bench, live("sea", b"3"), live("lake", b"2")) == [Sessions([Raw(b"3")], [])]
    assert change(bench, live("sea", b"3"), live("lake", b"2")) == []
    assert change(bench, live("lake", b"2")) == [Sessions([], ["sea"])]


def test_a_session_is_not_told_before_its_time() -> None:
    """One that is to be told of later is neither new nor gone."""
    bench = following("a")
    assert change(bench, live("sea", b"1"), live("lake", b"")) == []
    assert change(bench, live("sea", b"1")) == []


def test_existing_clients_are_told_nothing_of_it() -> None:
    """Neither at first nor later; and nothing is sent where nobody follows."""
    bench = Bench()
    effects = bench.open("a") + bench.wait(1)
    assert lists(effects, "a") == []
    assert change(bench, live("sea", b"1")) == []
    assert x.Subscribe("a", CHANNEL) not in effects


def test_one_may_follow_no_more() -> None:
    """And again: then all is told again."""
    bench = following("a")
    effects = bench.says("a", type="presence", diff=False)
    assert x.Unsubscribe("a", CHANNEL) in effects
    assert change(bench, live("sea", b"2")) == []
    effects = bench.says("a", type="presence", diff=True)
    assert lists(effects, "a") == [Sessions([Raw(b"2")], [], whole=True)]


def test_only_who_may_read_is_told() -> None:
    """Where guests are not admitted: from the moment on which one has an account, until it ends."""
    bench = following("a", guests=False)
    assert change(bench, live("sea", b"2")) == []
    asked = bench.auth("a")
    (attach,) = kept(asked, x.Attach)
    effects = bench.do(n.Attached(attach.request, 1, "L", 1))
    assert lists(effects, "a") == [Sessions([Raw(b"2")], [], whole=True)]
    assert change(bench, live("sea", b"3")) == [Sessions([Raw(b"3")], [])]
    effects = bench.do(n.LoggedOut("L"))
    assert change(bench, live("sea", b"4")) == []


def test_going_to_a_room_changes_nothing() -> None:
    """One is told of the sessions wherever one is, and not again because of that."""
    bench = following("a")
    effects = bench.says("a", type="join", room="sea")
    assert lists(effects, "a") == []
    assert not [each for each in kept(effects, x.Unsubscribe) if each.channel == CHANNEL]
    assert change(bench, live("sea", b"2")) == [Sessions([Raw(b"2")], [])]


def test_who_is_gone_is_forgotten() -> None:
    """Nothing is told to nobody."""
    bench = following("a")
    bench.do(n.Closed("a"))
    assert change(bench, live("sea", b"2")) == []


def test_what_is_too_much_for_a_frame_is_only_announced() -> None:
    """It is to be read then."""
    bench = following("a", "b")
    much = live("sea", b"x" * (MOST + 1))
    assert change(bench, much) == [Sessions([], [], more=True)]
    effects = bench.open("c") + bench.says("c", type="presence", diff=True)
    assert lists(effects, "c") == [Sessions([], [], more=True)]
