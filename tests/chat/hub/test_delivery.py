"""Each message once, in the order of numbers, none left out."""

from __future__ import annotations

import itertools

import pytest

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.hub.delivery import AGAIN, GAP, posted
from headcount.chat.hub.model import Room
from headcount.chat.wire.outgoing import ChatCleared, MessageDeleted, MessageNew
from tests.chat.hub.bench import Bench, kept, message, only, told


def numbers(effects: list[x.Effect]) -> list[int]:
    """Return the numbers of the messages that the lobby is told."""
    return [frame.data.id for frame in told(effects) if isinstance(frame, MessageNew)]


def stored(bench: Bench, number: int) -> list[x.Effect]:
    """Let the database say that a message is stored."""
    return bench.do(n.Stored(None, "lobby", message(number)))


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3, 4])))
def test_answers_in_any_order_are_told_in_one(order: tuple[int, ...]) -> None:
    """The one of the numbers."""
    bench = Bench()
    bench.open("a")
    assert [k for number in order for k in numbers(stored(bench, number))] == [1, 2, 3, 4]


def test_an_answer_twice_is_told_once() -> None:
    """A client that gets a message twice shows it twice."""
    bench = Bench()
    assert numbers(stored(bench, 1)) == [1]
    assert numbers(stored(bench, 1)) == []
    stored(bench, 3)
    assert numbers(stored(bench, 3) + stored(bench, 2)) == [2, 3]


def test_what_is_missing_is_fetched() -> None:
    """Somebody else has stored it; what was deleted since is simply not there."""
    bench = Bench()
    stored(bench, 4)
    assert kept(bench.wait(GAP - 0.01), x.Fetch) == []
    asked = only(bench.wait(0.02), x.Fetch)
    assert (asked.room, asked.after, asked.up_to) == ("lobby", 0, 3)
    effects = bench.do(n.Fetched(asked.request, (message(3), message(1))))
    assert numbers(effects) == [1, 3, 4]
    assert kept(bench.wait(5.0), x.Fetch) == []


def test_what_could_not_be_fetched_is_fetched_again() -> None:
    """Until it can."""
    bench = Bench()
    stored(bench, 2)
    asked = only(bench.wait(GAP), x.Fetch)
    bench.do(n.NotFetched(asked.request))
    asked = only(bench.wait(AGAIN), x.Fetch)
    assert numbers(bench.do(n.Fetched(asked.request, (message(1),)))) == [1, 2]


def test_a_long_gap_is_fetched_in_parts() -> None:
    """One after another, without a pause."""
    bench = Bench(resumed=10)
    stored(bench, 25)
    seen: list[int] = []
    effects = bench.wait(GAP)
    while kept(effects, x.Fetch):
        asked = only(effects, x.Fetch)
        found = [message(number) for number in range(asked.after + 1, asked.up_to + 1)]
        effects = bench.do(n.Fetched(asked.request, tuple(found)))
        seen += numbers(effects)
    assert seen == list(range(1, 26))


def test_what_is_deleted_before_it_is_told_is_never_told() -> None:
    """And keeps nothing waiting."""
    bench = Bench()
    stored(bench, 3)
    stored(bench, 2)
    effects = bench.do(n.MessageDeleted("lobby", 1))
    assert told(effects)[0] == MessageDeleted(1)
    assert numbers(effects) == [2, 3]
    assert numbers(stored(bench, 1)) == []


def test_what_is_cleared_is_not_told_after_that() -> None:
    """The room goes on after the last number that was cleared."""
    bench = Bench()
    stored(bench, 2)
    effects = bench.do(n.RoomCleared("lobby", 3, "root", "now"))
    assert told(effects) == [ChatCleared("root", "now")]
    assert numbers(stored(bench, 3) + stored(bench, 4)) == [4]


def test_what_was_fetched_before_it_was_cleared_is_not_told() -> None:
    """The answer was on its way."""
    bench = Bench()
    stored(bench, 4)
    asked = only(bench.wait(GAP), x.Fetch)
    bench.do(n.RoomCleared("lobby", 2, "root", "now"))
    found = tuple(message(number) for number in (1, 2, 3))
    assert numbers(bench.do(n.Fetched(asked.request, found))) == [3, 4]


def test_a_room_goes_on_where_its_history_ends() -> None:
    """What came before it was loaded is told too."""
    bench = Bench()
    bench.open("a")
    bench.do(n.SessionsChanged((n.LiveSession("demo"),)))
    bench.says("a", type="join", room="demo")
    assert bench.do(n.Stored(None, "demo", message(8))) == []
    effects = bench.do(n.RoomLoaded("demo", 8))
    assert len(told(effects, x.Channel("demo", x.Kind.TALK))) == 1


def test_nothing_is_kept_for_a_room_that_nobody_entered() -> None:
    """Its first visitor begins with what the history says."""
    bench = Bench()
    bench.open("a")
    bench.do(n.SessionsChanged((n.LiveSession("demo"),)))
    bench.do(n.Stored(None, "demo", message(3)))
    bench.says("a", type="join", room="demo")
    assert kept(bench.do(n.RoomLoaded("demo", 5)), x.Broadcast) == []


def test_a_reply_names_what_it_answers() -> None:
    """As G2 shows it."""
    reply = n.StoredMessage(2, "bob", "yes", "now", 1, "alice", "really?")
    post = posted(reply, Room("lobby"))
    assert (post.replyTo, post.replyToPseudo, post.replyToText) == (1, "alice", "really?")
