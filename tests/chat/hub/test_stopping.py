"""Stopping in good order."""

from __future__ import annotations

from headcount.chat.hub import closing
from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.stopping import PATIENCE, SPREAD
from headcount.chat.wire.outgoing import Restarting
from tests.chat.hub.bench import Bench, closed, codes, kept, sent, told


def test_everybody_is_told_to_come_back_and_every_lease_is_released() -> None:
    """Each client at a time of its own."""
    bench = Bench()
    bench.seat("a")
    bench.open(*(f"c{number}" for number in range(9)))
    effects = bench.do(n.Stopping())
    assert set(closed(effects).values()) == {closing.GOING_DOWN}
    assert len(closed(effects)) == 10
    assert kept(effects, x.Release) == [x.Release(1, "L", 1)]
    assert effects[-1] == x.Stopped()
    frames = [frame for name in closed(effects) for frame in sent(effects, name)]
    times = {frame.retryAfter for frame in frames if isinstance(frame, Restarting)}
    assert len(times) > 5
    assert max(times) <= SPREAD
    assert closed(bench.open("z")) == {"z": closing.GOING_DOWN}
    assert bench.hub.connections == 0


def test_what_was_accepted_is_told_first() -> None:
    """And nothing more is accepted."""
    bench = Bench()
    bench.seat("a")
    effects = bench.says("a", type="message", text="hi")
    assert closed(bench.do(n.Stopping())) == {}
    assert codes(bench.says("a", type="message", text="more"), "a") == ["STOPPING"]
    effects = bench.store(effects, 1)
    assert len(told(effects)) == 1
    assert closed(effects) == {"a": closing.GOING_DOWN}


def test_a_database_that_stands_still_does_not_keep_the_server_up() -> None:
    """Not for longer than three seconds."""
    bench = Bench()
    bench.seat("a")
    bench.says("a", type="message", text="hi")
    bench.do(n.Stopping())
    assert kept(bench.wait(PATIENCE - 0.1), x.Stopped) == []
    assert kept(bench.wait(0.2), x.Stopped) == [x.Stopped()]
    assert kept(bench.do(n.Stopping()), x.Stopped) == []
