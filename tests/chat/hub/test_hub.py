"""The hub as a whole."""

from __future__ import annotations

import random
import time

import pytest

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.hub import Hub, Who
from headcount.chat.hub.settings import Settings
from headcount.chat.wire.outgoing import Connected, Error
from headcount.errors import BadInputError
from tests.chat.hub.bench import COUNTS, TALK, Bench, counts, kept, sent


def test_the_first_frame_says_who_one_is_and_how_many_are_here() -> None:
    """Then one is in the lobby."""
    bench = Bench()
    bench.open("x")
    effects = bench.open("a")
    (hello,) = sent(effects, "a")
    assert isinstance(hello, Connected)
    assert (hello.userId, hello.timestamp, hello.connectedUsers) == ("a", "now", 2)
    assert hello.username.startswith("anon_")
    assert effects[0] == x.Send("a", hello)
    assert x.Subscribe("a", COUNTS) in effects
    assert x.Subscribe("a", TALK) in effects


def test_the_lobby_is_loaded_first_of_all() -> None:
    """A server listens once it is."""
    hub = Hub(Settings(), random.Random(1))
    assert hub.handle(n.Tick(), 0.0) == [x.LoadRoom("lobby")]


def test_an_id_that_is_in_use_is_refused() -> None:
    """Two that share one are how the old server's count went wrong."""
    bench = Bench()
    bench.open("a")
    with pytest.raises(BadInputError):
        bench.open("a")
    assert bench.hub.connections == 1


def test_who_is_gone_is_not_heard_any_more() -> None:
    """Late frames, pongs and closings of a connection change nothing."""
    bench = Bench()
    bench.open("a")
    bench.do(n.Closed("a"))
    bench.wait(0.1)
    assert bench.do(n.Closed("a")) == []
    assert bench.do(n.Alive("a")) == []
    assert bench.says("a", type="message", text="hi") == []


def test_each_connection_is_known_by_its_name_its_account_and_its_room() -> None:
    """A guest has no account; who is gone is known by nothing."""
    bench = Bench()
    bench.seat("a", account=7, who="alice")
    bench.open("b", "c")
    bench.name("b", "Zed")
    bench.do(n.SessionsChanged((n.LiveSession("demo", ()),)))
    bench.says("b", type="join", room="demo")
    assert bench.hub.who("a") == Who("alice", 7, "lobby")
    assert bench.hub.who("b") == Who("Zed", None, "demo")
    guest = bench.hub.who("c")
    assert guest is not None
    assert guest.name.startswith("anon_")
    bench.do(n.Closed("c"))
    assert bench.hub.who("c") is None


def test_answers_that_nobody_waits_for_are_ignored() -> None:
    """All but an attachment, which is given back."""
    bench = Bench()
    for answer in (
        n.Identified(77, 1, "alice", "user", "L"),
        n.NotIdentified(77, "invalid"),
        n.NotAttached(77, "taken"),
        n.Renewed(77),
        n.NotRenewed(77),
        n.NameFree(77),
        n.NameTaken(77),
        n.NotStored(77),
        n.Fetched(77, ()),
        n.NotFetched(77),
        n.NotDone(77),
        n.RoomLoaded("nowhere", 3),
        n.MessageDeleted("nowhere", 3),
        n.LoginLost("L"),
        n.Revoked(1),
    ):
        assert bench.do(answer) == []
    assert bench.do(n.Attached(77, 1, "L", 3)) == [x.Release(1, "L", 3)]


def test_what_is_not_of_this_protocol_is_answered_and_harms_nobody() -> None:
    """An unknown type is not even answered."""
    bench = Bench()
    bench.open("a")
    effects = bench.says("a", type=None)
    assert Error("Invalid message payload") in sent(effects, "a")
    assert kept(bench.says("a", type="ping"), x.Send) == []


def test_a_thousand_in_one_instant_are_all_counted_and_none_is_deaf() -> None:
    """And the database is asked about a few of them at once."""
    bench = Bench(questions=64)
    effects = bench.open(*(f"c{number}" for number in range(1000)))
    for number in range(1000):
        effects += bench.says(f"c{number}", type="auth", token=f"t{number}")
    asked = 0
    while waiting := kept(effects, x.Identify) + kept(effects, x.Attach):
        assert len(waiting) <= 64
        asked += len(waiting)
        effects = []
        for question in waiting:
            if isinstance(question, x.Identify):
                who = int(question.token[1:])
                answer: n.Input = n.Identified(question.request, who, f"u{who}", "user", f"L{who}")
            else:
                answer = n.Attached(question.request, question.account, question.login, 1)
            effects += bench.do(answer)
    assert asked == 2000
    told = counts(bench.wait(1.5))
    assert told[-1][0] == len(set(told[-1][1])) == 1000


def test_input_is_handled_in_microseconds() -> None:
    """With two thousand connections open, too."""
    bench = Bench(per_address=5000)
    bench.open(*(f"c{number}" for number in range(2000)))
    bench.wait(1.5)
    began = time.perf_counter()
    for number in range(2000):
        bench.do(n.Alive(f"c{number}"))
    assert time.perf_counter() - began < 1.0
