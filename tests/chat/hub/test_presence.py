"""Telling who is here."""

from __future__ import annotations

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.model import Room
from headcount.chat.hub.presence import difference
from headcount.chat.wire.outgoing import AuthAck, Here, Presence, UserCount
from tests.chat.hub.bench import COUNTS, Bench, counts, kept, sent, told

DIFFS = x.Channel("lobby", x.Kind.DIFFS)


def test_changes_of_one_moment_are_told_once() -> None:
    """And the last is exact."""
    bench = Bench()
    effects = bench.open("a", "b", "c")
    bench.do(n.Closed("b"))
    assert counts(effects) == []
    ((count, users),) = counts(bench.wait(0.05))
    assert (count, len(users)) == (2, 2)
    assert counts(bench.wait(5.0)) == []


def test_a_long_list_is_told_less_often() -> None:
    """What it costs to tell a thousand a thousand names is spread over the time it takes."""
    bench = Bench()
    bench.open(*(f"c{number}" for number in range(1000)))
    bench.wait(0.05)
    bench.do(n.Closed("c0"))
    assert counts(bench.wait(0.2)) == []
    ((count, users),) = counts(bench.wait(0.2))
    assert (count, len(users)) == (999, 999)


def test_everybody_is_told_of_a_name() -> None:
    """After `auth` and after `setPseudo` (K1)."""
    bench = Bench()
    bench.open("a")
    bench.wait(0.05)
    bench.name("a", "zoe")
    assert counts(bench.wait(0.05)) == [(1, ["zoe"])]
    bench.seat("b")
    assert counts(bench.wait(0.05)) == [(2, ["zoe", "alice"])]


def test_a_repeated_auth_is_answered_and_disturbs_nobody() -> None:
    """The one who sent it gets its answer and then the number."""
    bench = Bench()
    bench.seat("a")
    bench.seat("b", 2, "M", "bob")
    bench.wait(0.05)
    effects = bench.says("a", type="auth", token="token of L")
    assert kept(effects, x.Identify) == []
    assert sent(effects, "a") == [AuthAck()]
    later = bench.wait(0.05)
    assert counts(later) == []
    assert sent(later, "a") == [UserCount(2, ["alice", "bob"])]


def test_one_that_follows_differences_gets_no_lists() -> None:
    """First all there is, then what changes."""
    bench = Bench()
    bench.seat("a")
    bench.wait(0.05)
    effects = bench.says("a", type="presence", diff=True)
    assert kept(effects, x.Unsubscribe) == [x.Unsubscribe("a", COUNTS)]
    assert sent(effects, "a")[-1] == Presence(1, [Here("a", "alice")], whole=True)
    bench.open("b")
    effects = bench.wait(0.05)
    (change,) = told(effects, DIFFS)
    assert isinstance(change, Presence)
    assert (change.count, [here.id for here in change.joined]) == (2, ["b"])
    bench.do(n.Closed("b"))
    assert told(bench.wait(0.05), DIFFS) == [Presence(1, [], ["b"])]


def test_a_difference_tells_new_names_too() -> None:
    """Who is called otherwise joins again."""
    room = Room("demo", told=(Here("a", "x"), Here("b", "y")))
    after = (Here("a", "z"), Here("c", "w"))
    expected = Presence(2, [Here("a", "z"), Here("c", "w")], ["b"], room="demo")
    assert difference(room, after) == expected


def test_nobody_is_told_what_they_know() -> None:
    """Who comes and goes within the moment leaves no trace."""
    bench = Bench()
    bench.open("a")
    bench.wait(0.05)
    bench.open("b")
    bench.do(n.Closed("b"))
    assert counts(bench.wait(1.0)) == []


def test_the_more_it_costs_the_rarer_it_is_told() -> None:
    """A thousand who come one after another do not cost a thousand lists each."""
    bench = Bench()
    lists = 0
    for number in range(1000):
        bench.open(f"c{number}")
        lists += len(counts(bench.wait(0.002)))
    lists += len(counts(bench.wait(1.5)))
    assert lists < 40
    assert bench.hub.told == bench.hub.count == bench.hub.connections == 1000
