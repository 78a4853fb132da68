"""Rooms and who is in them."""

from __future__ import annotations

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.wire.outgoing import Joined, UserCount
from tests.chat.hub.bench import COUNTS, TALK, Bench, codes, kept, only, sent, told

DEMO = n.LiveSession("demo", (("i1", "Ann"), ("i2", "Ben")))
DEMO_COUNTS, DEMO_TALK = x.Channel("demo", x.Kind.COUNTS), x.Channel("demo", x.Kind.TALK)


def in_demo(**settings: bool) -> Bench:
    """Return a hub with one session, in whose room `a` is."""
    bench = Bench(**settings)
    bench.seat("a")
    bench.do(n.SessionsChanged((DEMO,)))
    bench.says("a", type="join", room="demo")
    bench.do(n.RoomLoaded("demo", 0))
    return bench


def test_a_sessions_number_is_its_own() -> None:
    """It says who plays, not who looks on."""
    bench = Bench()
    bench.seat("a")
    bench.do(n.SessionsChanged((DEMO,)))
    effects = bench.says("a", type="join", room="demo")
    assert sent(effects, "a") == [Joined("demo")]
    assert x.Unsubscribe("a", COUNTS) in effects
    assert x.Subscribe("a", DEMO_COUNTS) in effects
    assert x.Subscribe("a", DEMO_TALK) in effects
    effects = bench.wait(0.05)
    assert told(effects, DEMO_COUNTS) == [UserCount(2, ["Ann", "Ben"], "demo")]
    bench.do(n.SessionsChanged((n.LiveSession("demo", (("i1", "Ann"),)),)))
    assert told(bench.wait(0.05), DEMO_COUNTS) == [UserCount(1, ["Ann"], "demo")]


def test_the_lobby_counts_everybody() -> None:
    """Whoever looks at a session is here still."""
    bench = in_demo()
    assert bench.hub.count == 1
    bench.open("b")
    bench.wait(0.05)
    assert bench.hub.told == 2


def test_a_room_that_is_no_more_leads_back_to_the_lobby() -> None:
    """Whoever was in it is told, and where they are."""
    bench = in_demo()
    effects = bench.do(n.SessionsChanged(()))
    assert sent(effects, "a") == [Joined("lobby", "demo")]
    assert x.Unsubscribe("a", DEMO_TALK) in effects
    assert x.Subscribe("a", TALK) in effects
    assert bench.hub.room_of("a") == "lobby"
    assert bench.hub.room_of("b") is None


def test_there_is_no_going_where_there_is_no_room() -> None:
    """One stays where one is."""
    bench = Bench()
    bench.open("a")
    effects = bench.says("a", type="join", room="nowhere")
    assert codes(effects, "a") == ["ROOM_UNKNOWN"]
    assert bench.hub.room_of("a") == "lobby"


def test_the_history_is_asked_once_for_a_room() -> None:
    """When its first visitor comes, and never for rooms that nobody enters."""
    bench = Bench()
    bench.open("a", "b")
    effects = bench.do(n.SessionsChanged((DEMO, n.LiveSession("other"))))
    assert kept(effects, x.LoadRoom) == []
    effects = bench.says("a", type="join", room="demo")
    assert only(effects, x.LoadRoom) == x.LoadRoom("demo")
    assert kept(bench.says("b", type="join", room="demo"), x.LoadRoom) == []


def test_a_session_cannot_take_the_lobbys_place() -> None:
    """Whatever it is called."""
    bench = Bench()
    bench.open("a")
    bench.do(n.SessionsChanged((n.LiveSession("lobby", (("i", "I"),)),)))
    bench.wait(0.05)
    assert bench.hub.told == 1
    bench.do(n.SessionsChanged(()))
    assert bench.hub.room_of("a") == "lobby"


def test_without_guests_only_accounts_hear() -> None:
    """Presence is everybody's, what is said is not."""
    bench = Bench(guests=False)
    effects = bench.open("a")
    subscribed = [effect.channel for effect in kept(effects, x.Subscribe)]
    assert subscribed == [COUNTS]
    effects = bench.auth("a")
    asked = only(effects, x.Attach)
    effects = bench.do(n.Attached(asked.request, 1, "L", 1))
    assert only(effects, x.Subscribe) == x.Subscribe("a", TALK)
    effects = bench.auth("a", 2, "M", "bob")
    assert only(effects, x.Unsubscribe) == x.Unsubscribe("a", TALK)
