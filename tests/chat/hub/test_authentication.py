"""Tokens."""

from __future__ import annotations

from headcount.chat.hub import closing
from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.seating import AGAIN
from headcount.chat.wire.outgoing import AuthAck, AuthRequired
from tests.chat.hub.bench import Bench, closed, codes, kept, only, sent


def test_auth_is_idempotent() -> None:
    """Sent again every 2 s until it is accepted, it asks the database once."""
    bench = Bench()
    bench.open("a")
    first = only(bench.says("a", type="auth", token="t"), x.Identify)
    assert kept(bench.says("a", type="auth", token="t"), x.Identify) == []
    effects = bench.do(n.Identified(first.request, 1, "alice", "user", "L"))
    assert kept(bench.says("a", type="auth", token="Bearer t"), x.Identify) == []
    effects = bench.do(n.Attached(only(effects, x.Attach).request, 1, "L", 1))
    assert sent(effects, "a") == [AuthAck()]
    assert sent(bench.says("a", type="auth", token="t"), "a") == [AuthAck()]


def test_a_token_is_needed() -> None:
    """In the words that clients know."""
    bench = Bench()
    bench.open("a")
    assert sent(bench.says("a", type="auth"), "a") == [AuthRequired("Token requis")]


def test_a_bad_token_leaves_one_who_one_was() -> None:
    """The connection stays open."""
    bench = Bench()
    bench.seat("a")
    asked = only(bench.says("a", type="auth", token="bad"), x.Identify)
    effects = bench.do(n.NotIdentified(asked.request, "invalid"))
    assert codes(effects, "a") == ["Token invalide"]
    assert kept(bench.says("a", type="message", text="hi"), x.Store)
    assert sent(bench.says("a", type="auth", token="token of L"), "a") == [AuthAck()]


def test_the_last_token_shown_counts() -> None:
    """The answer to an earlier question is ignored."""
    bench = Bench()
    bench.open("a")
    first = only(bench.says("a", type="auth", token="one"), x.Identify)
    second = only(bench.says("a", type="auth", token="two"), x.Identify)
    assert bench.do(n.Identified(first.request, 1, "alice", "user", "L")) == []
    effects = bench.do(n.Identified(second.request, 2, "bob", "user", "M"))
    assert only(effects, x.Attach).login == "M"


def test_a_token_whose_account_is_taken_is_turned_away() -> None:
    """The database knows it already when it is asked whose token it is."""
    bench = Bench()
    bench.open("a")
    asked = only(bench.says("a", type="auth", token="t"), x.Identify)
    effects = bench.do(n.NotIdentified(asked.request, "taken"))
    assert codes(effects, "a") == ["ALREADY_LOGGED_IN"]
    assert closed(effects) == {"a": closing.ALREADY_LOGGED_IN}


def test_the_hub_asks_again_when_the_database_did_not_answer() -> None:
    """Existing clients give up after 15 tries; they are told once in a while."""
    bench = Bench()
    bench.open("a")
    asked = only(bench.says("a", type="auth", token="t"), x.Identify)
    effects = bench.do(n.NotIdentified(asked.request, "unavailable"))
    assert codes(effects, "a") == ["UNAVAILABLE"]
    asked = only(bench.wait(AGAIN), x.Identify)
    assert asked.token == "t"
    assert codes(bench.do(n.NotIdentified(asked.request, "unavailable")), "a") == []
    asked = only(bench.wait(AGAIN), x.Identify)
    effects = bench.do(n.Identified(asked.request, 1, "alice", "user", "L"))
    effects = bench.do(n.Attached(only(effects, x.Attach).request, 1, "L", 1))
    assert sent(effects, "a") == [AuthAck()]
    assert kept(bench.wait(6.0), x.Identify) == []


def test_a_database_that_hangs_counts_as_one_that_does_not_answer() -> None:
    """And what it answers much later is nobody's business any more."""
    bench = Bench()
    bench.open("a")
    asked = only(bench.auth("a"), x.Attach)
    bench.do(n.Alive("a"))
    effects = bench.wait(10.0)
    assert codes(effects, "a") == ["UNAVAILABLE"]
    effects = bench.do(n.Attached(asked.request, 1, "L", 1))
    assert kept(effects, x.Release) == [x.Release(1, "L", 1)]


def test_who_goes_is_not_asked_about() -> None:
    """A question that waits is forgotten."""
    bench = Bench(questions=1)
    bench.open("a", "b")
    bench.says("a", type="auth", token="t")
    bench.says("b", type="auth", token="u")
    bench.do(n.Closed("b"))
    assert kept(bench.do(n.NotIdentified(1, "invalid")), x.Identify) == []
