"""Resuming, deleting, clearing."""

from __future__ import annotations

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.wire.outgoing import Resumed
from tests.chat.hub.bench import Bench, codes, kept, message, only, sent


def ids(effects: list[x.Effect], name: str = "a") -> tuple[bool, list[int]]:
    """Return whether it is all there is, and the numbers given again."""
    (frame,) = [frame for frame in sent(effects, name) if isinstance(frame, Resumed)]
    return frame.recovered, [post.id for post in frame.messages]


def test_one_gets_exactly_what_did_not_come_live() -> None:
    """After the number one knows, up to the one before the first that came."""
    bench = Bench(last=10)
    bench.open("a")
    bench.do(n.Stored(None, "lobby", message(11)))
    asked = only(bench.says("a", type="resume", after=7), x.Fetch)
    assert (asked.after, asked.up_to) == (7, 10)
    found = tuple(message(number) for number in (8, 10))
    assert ids(bench.do(n.Fetched(asked.request, found))) == (True, [8, 10])


def test_who_missed_nothing_is_told_so_at_once() -> None:
    """Without asking the database."""
    bench = Bench(last=10)
    bench.open("a")
    assert ids(bench.says("a", type="resume", after=10)) == (True, [])
    bench.do(n.Stored(None, "lobby", message(11)))
    assert ids(bench.says("a", type="resume", after=11)) == (True, [])


def test_one_is_told_when_it_cannot_be_given_whole() -> None:
    """Too much, a number that never was, not kept any more, a database that is away."""
    bench = Bench(last=1000, resumed=100)
    bench.open("a")
    assert ids(bench.says("a", type="resume", after=899)) == (False, [])
    assert ids(bench.says("a", type="resume", after=1001)) == (False, [])
    asked = only(bench.says("a", type="resume", after=950), x.Fetch)
    effects = bench.do(n.Fetched(asked.request, (message(999),), complete=False))
    assert ids(effects) == (False, [])
    asked = only(bench.says("a", type="resume", after=950), x.Fetch)
    assert ids(bench.do(n.NotFetched(asked.request))) == (False, [])


def test_what_is_deleted_meanwhile_is_not_given() -> None:
    """Nor what was cleared."""
    bench = Bench(last=10)
    bench.open("a")
    asked = only(bench.says("a", type="resume", after=5), x.Fetch)
    bench.do(n.MessageDeleted("lobby", 9))
    bench.do(n.RoomCleared("lobby", 7, "root", "now"))
    found = tuple(message(number) for number in range(6, 11))
    assert ids(bench.do(n.Fetched(asked.request, found))) == (True, [8, 10])


def test_who_comes_before_the_room_is_known_waits() -> None:
    """Just as long as it takes."""
    bench = Bench()
    bench.open("a")
    bench.do(n.SessionsChanged((n.LiveSession("demo"),)))
    bench.says("a", type="join", room="demo")
    assert bench.says("a", type="resume", after=2) == []
    asked = only(bench.do(n.RoomLoaded("demo", 4)), x.Fetch)
    assert (asked.room, asked.after, asked.up_to) == ("demo", 2, 4)
    bench.says("a", type="join", room="lobby")
    assert bench.do(n.Fetched(asked.request, ())) == []


def test_one_resumes_once_at_a_time() -> None:
    """Reading the history again and again is work for the database."""
    bench = Bench(last=10)
    bench.open("a")
    asked = only(bench.says("a", type="resume", after=5), x.Fetch)
    effects = bench.says("a", type="resume", after=5)
    assert codes(effects, "a") == ["RATE_LIMITED"]
    assert kept(effects, x.Fetch) == []
    bench.do(n.Fetched(asked.request, ()))
    assert kept(bench.says("a", type="resume", after=5), x.Fetch)


def test_who_was_in_another_room_meanwhile_asks_anew() -> None:
    """What was asked for before is less than was missed."""
    bench = Bench(last=10)
    bench.open("a")
    bench.do(n.SessionsChanged((n.LiveSession("demo"),)))
    asked = only(bench.says("a", type="resume", after=5), x.Fetch)
    bench.says("a", type="join", room="demo")
    bench.do(n.Stored(None, "lobby", message(11)))
    bench.says("a", type="join", room="lobby")
    again = only(bench.says("a", type="resume", after=5), x.Fetch)
    assert (again.after, again.up_to) == (5, 11)
    assert bench.do(n.Fetched(asked.request, (message(9),))) == []
    assert ids(bench.do(n.Fetched(again.request, (message(11),)))) == (True, [11])


def test_who_waits_for_a_room_asks_once() -> None:
    """And may ask again once it has been elsewhere."""
    bench = Bench()
    bench.open("a")
    bench.do(n.SessionsChanged((n.LiveSession("demo"),)))
    bench.says("a", type="join", room="demo")
    bench.says("a", type="resume", after=2)
    assert codes(bench.says("a", type="resume", after=2), "a") == ["RATE_LIMITED"]
    bench.says("a", type="join", room="lobby")
    bench.says("a", type="join", room="demo")
    assert codes(bench.says("a", type="resume", after=2), "a") == []
    assert len(kept(bench.do(n.RoomLoaded("demo", 4)), x.Fetch)) == 1


def test_who_may_not_hear_may_not_resume() -> None:
    """Without an account, where there are no guests."""
    bench = Bench(last=3, guests=False)
    bench.open("a")
    effects = bench.says("a", type="resume", after=1)
    assert codes(effects, "a") == ["Authentification requise"]


def test_only_admins_delete_and_clear() -> None:
    """Others are told so."""
    bench = Bench(last=3)
    bench.seat("a")
    bench.seat("r", 2, "M", "root", "admin")
    for frame in ({"type": "clearChat"}, {"type": "message:delete", "id": "3"}):
        effects = bench.says("a", **frame)
        assert codes(effects, "a") == ["FORBIDDEN"]
        assert len(effects) == 1
    asked = only(bench.says("r", type="message:delete", id="3"), x.Delete)
    assert (asked.room, asked.number, asked.by) == ("lobby", 3, "root")
    bench.do(n.MessageDeleted("lobby", 3, asked.request))
    clear = only(bench.says("r", type="clearChat"), x.Clear)
    assert (clear.room, clear.by) == ("lobby", "root")
    assert codes(bench.do(n.NotDone(clear.request)), "r") == ["UNAVAILABLE"]
    assert kept(bench.do(n.NotDone(asked.request)), x.Send) == []
