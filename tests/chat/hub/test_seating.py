"""Giving a connection its account, and turning it away."""

from __future__ import annotations

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.hub import SETTLING
from headcount.chat.hub.seating import COMES_BACK
from headcount.chat.wire.outgoing import AuthAck, UserCount
from tests.chat.hub.bench import Bench, counts, kept, sent


def refused() -> Bench:
    """Return a hub that has just refused a second window of `a`."""
    bench = Bench()
    bench.seat("a")
    bench.open("b")
    bench.auth("b")
    bench.do(n.Alive("a"))
    bench.wait(0.1)
    return bench


def test_the_answer_comes_before_the_number() -> None:
    """As existing clients know it."""
    bench = Bench()
    effects = bench.seat("a") + bench.wait(0.05)
    frames = [x.frame for x in effects if hasattr(x, "frame")]
    assert frames == [AuthAck(), UserCount(1, ["alice"])]


def test_who_is_probably_back_does_not_count_until_known() -> None:
    """The others do not see a number that is wrong again and again."""
    bench = refused()
    bench.open("b2")
    assert counts(bench.wait(SETTLING - 0.01)) == []
    bench.auth("b2")
    bench.do(n.Alive("a"))
    assert counts(bench.wait(1.0)) == []


def test_who_only_shares_the_address_counts_a_moment_later() -> None:
    """Or at once, with an account of its own; or from another address."""
    bench = refused()
    bench.open("c")
    assert [count for count, _ in counts(bench.wait(SETTLING + 0.1))] == [2]
    bench.seat("d", 2, "M", "bob")
    assert [count for count, _ in counts(bench.wait(0.1))] == [3]
    bench.open("e", address="10.0.0.2")
    assert [count for count, _ in counts(bench.wait(0.1))] == [4]


def test_an_address_is_not_remembered_for_ever() -> None:
    """After ten seconds nobody is expected back."""
    bench = refused()
    bench.wait(COMES_BACK)
    bench.do(n.Alive("a"))
    bench.open("c")
    assert [count for count, _ in counts(bench.wait(0.05))] == [2]


def test_an_account_given_up_leaves_a_connection_without_a_name() -> None:
    """Until its next account is known."""
    bench = Bench()
    bench.seat("a")
    bench.auth("a", 2, "M", "bob")
    ((count, (name,)),) = counts(bench.wait(0.05))
    assert count == 1
    assert name.startswith("anon_")
    assert kept(bench.says("a", type="message", text="hi"), x.Store) == []
    assert sent(bench.wait(0.1), "a") == []
