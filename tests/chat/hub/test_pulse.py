"""Pings, and who does not answer them."""

from __future__ import annotations

from headcount.chat.hub import closing
from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from tests.chat.hub.bench import Bench, closed, counts, kept


def test_who_is_silent_is_pinged_and_then_dead() -> None:
    """Within 20 s of the last word by default, and everybody is told (K8)."""
    bench = Bench()
    bench.open("a")
    effects = bench.wait(10.0)
    assert kept(effects, x.Probe) == [x.Probe("a")]
    bench.open("b")
    effects = bench.wait(10.1)
    assert closed(effects) == {"a": closing.SILENT}
    assert counts(effects)[-1][0] == 1


def test_who_answers_lives_for_ever() -> None:
    """A pong is enough."""
    bench = Bench()
    bench.open("a")
    for _ in range(20):
        effects = bench.wait(5.0)
        assert closed(effects) == {}
        if kept(effects, x.Probe):
            bench.do(n.Alive("a"))


def test_who_talks_is_not_pinged() -> None:
    """Any frame is a sign of life."""
    bench = Bench()
    bench.open("a")
    for _ in range(20):
        bench.says("a", type="ping")
        assert kept(bench.wait(3.0), x.Probe) == []


def test_five_seconds_in_all_can_be_set() -> None:
    """A silent network is seen in 5 s then."""
    bench = Bench(ping=2.5, timeout=2.5)
    bench.open("a")
    assert closed(bench.wait(5.0)) == {"a": closing.SILENT}


def test_a_server_that_stood_still_blames_nobody() -> None:
    """What came meanwhile is heard first."""
    bench = Bench()
    bench.open("a")
    bench.wait(10.0)
    bench.now += 30.0
    assert closed(bench.do(n.Tick())) == {}
    assert closed(bench.do(n.Alive("a"))) == {}
    assert closed(bench.wait(9.0)) == {}


def test_a_crowd_is_not_pinged_in_one_instant() -> None:
    """The first ping of each comes at a time of its own."""
    bench = Bench()
    bench.open(*(f"c{number}" for number in range(100)))
    times = set()
    for _ in range(100):
        if kept(bench.wait(0.1), x.Probe):
            times.add(round(bench.now, 1))
    assert len(times) > 30
