"""Limits."""

from __future__ import annotations

from typing import Any

import pytest

from headcount.chat.hub import closing
from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.wire.outgoing import Error
from tests.chat.hub.bench import Bench, closed, codes, kept, sent


def test_two_hundred_at_once_then_a_hundred_a_second() -> None:
    """The others are refused, each with its mark; nobody else notices."""
    bench = Bench(unstored=10_000)
    bench.seat("a")
    bench.seat("b", 2, "M", "bob")
    effects = [e for k in range(300) for e in bench.says("a", type="message", text="x", ref=str(k))]
    assert len(kept(effects, x.Store)) == 200
    errors = [frame for frame in sent(effects, "a") if isinstance(frame, Error)]
    assert {error.code for error in errors} == {"RATE_LIMITED"}
    assert [error.ref for error in errors] == [str(k) for k in range(200, 300)]
    assert kept(bench.says("b", type="message", text="x"), x.Store)
    bench.now += 0.305
    effects = [e for _ in range(100) for e in bench.says("a", type="message", text="x")]
    assert len(kept(effects, x.Store)) == 30


def test_each_kind_has_an_allowance_of_its_own() -> None:
    """Whoever types much may speak still."""
    bench = Bench()
    bench.seat("a")
    effects = [e for _ in range(300) for e in bench.says("a", type="typing", isTyping=True)]
    assert len(kept(effects, x.Broadcast)) == 200
    assert codes(effects, "a") == []
    assert kept(bench.says("a", type="message", text="x"), x.Store)


@pytest.mark.parametrize(
    ("frame", "admitted"),
    [
        ({"type": "resume", "after": 0}, 10),
        ({"type": "join", "room": "lobby"}, 20),
        ({"type": "presence"}, 20),
    ],
)
def test_of_what_is_answered_with_lists_there_are_fewer(
    frame: dict[str, Any], admitted: int
) -> None:
    """A few bytes that are answered with megabytes are no weapon."""
    bench = Bench()
    bench.open("a")
    refused = [code for _ in range(100) for code in codes(bench.says("a", **frame), "a")]
    assert refused == ["RATE_LIMITED"] * (100 - admitted)
    bench = Bench(burst=1)
    bench.open("a")
    assert codes(bench.says("a", **frame), "a") == []


def test_who_goes_on_and_on_is_cut_off() -> None:
    """A client that nobody can talk to any more."""
    bench = Bench(abuse=50)
    bench.open("a")
    effects = [e for _ in range(300) for e in bench.says("a", type="nonsense")]
    assert closed(effects) == {"a": closing.POLICY}
    assert bench.hub.connections == 0


def test_a_patient_flood_is_cut_off_too() -> None:
    """One that gets a frame through now and then, as any does that lasts for some time."""
    bench = Bench()
    bench.open("a")
    for _ in range(200):
        bench.now += 0.01
        effects = [e for _ in range(50) for e in bench.says("a", type="nonsense")]
        if closed(effects):
            break
    assert closed(effects) == {"a": closing.POLICY}


def test_many_kinds_together_are_cut_off_too() -> None:
    """Each alone would be borne."""
    bench = Bench()
    bench.open("a")
    kinds = ("nonsense", "typing", "auth", None)
    effects = [e for _ in range(1000) for kind in kinds for e in bench.says("a", type=kind)]
    assert closed(effects) == {"a": closing.POLICY}


def test_signs_of_life_are_limited_as_well() -> None:
    """Pings and parts of messages cost as much as what says something."""
    bench = Bench()
    bench.open("a")
    assert closed([e for _ in range(2200) for e in bench.do(n.Alive("a"))]) == {}
    assert closed(bench.do(n.Alive("a"))) == {"a": closing.POLICY}


def test_who_sends_a_thousand_at_once_is_forgiven() -> None:
    """What is refused is forgotten in time."""
    bench = Bench()
    bench.open("a")
    for _ in range(5):
        assert closed([e for _ in range(1000) for e in bench.says("a", type="message")]) == {}
        bench.wait(10.0)


def test_an_address_has_so_many_connections() -> None:
    """One more is told why, and never counted; another address is not concerned."""
    bench = Bench(per_address=3)
    bench.open("a", "b", "c")
    effects = bench.open("d")
    assert codes(effects, "d") == ["TOO_MANY_CONNECTIONS"]
    assert closed(effects) == {"d": closing.TRY_LATER}
    assert bench.hub.connections == 3
    assert closed(bench.open("e", address="10.0.0.2")) == {}
    bench.do(n.Closed("a"))
    assert closed(bench.open("f")) == {}
