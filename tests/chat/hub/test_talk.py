"""What is said."""

from __future__ import annotations

from typing import Any

import pytest

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.wire.outgoing import (
    Error,
    MessageAck,
    MessageNew,
    PresenceState,
    PresenceUpdate,
    TypingIndicator,
    TypingState,
)
from tests.chat.hub.bench import TALK, Bench, codes, kept, message, only, sent, told


def test_a_message_is_stored_before_it_is_told() -> None:
    """To everyone, its sender included, in both of its spellings (K5)."""
    bench = Bench()
    bench.seat("a")
    effects = bench.says("a", type="message", text=" hello ", replyTo="4")
    asked = only(effects, x.Store)
    assert (asked.text, asked.reply_to, asked.author, asked.sender) == (
        "hello",
        4,
        "alice",
        "account:1",
    )
    assert told(effects) == []
    (frame,) = told(bench.store(effects, 1))
    assert isinstance(frame, MessageNew)
    assert (frame.data.text, frame.data.message) == ("hello", "hello")
    assert (frame.data.username, frame.data.pseudo) == ("alice", "alice")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"text": "  "}, "Message text is required"),
        ({}, "Message text is required"),
        ({"text": "x" * 5001}, "TOO_LONG"),
        ({"text": "hi", "room": "demo"}, "WRONG_ROOM"),
    ],
)
def test_what_is_wrong_is_said(frame: dict[str, Any], code: str) -> None:
    """With the mark of the message, if it has one."""
    bench = Bench()
    bench.seat("a")
    effects = bench.says("a", type="message", ref="r", **frame)
    assert codes(effects, "a") == [code]
    (error,) = sent(effects, "a")
    assert isinstance(error, Error)
    assert error.ref == "r"


def test_five_thousand_characters_are_not_too_long() -> None:
    """Whatever they weigh."""
    bench = Bench()
    bench.seat("a")
    assert kept(bench.says("a", type="message", text="é" * 5000), x.Store)


def test_who_has_no_name_may_not_write() -> None:
    """A guest with one may, where there are guests."""
    for guests in (True, False):
        bench = Bench(guests=guests)
        bench.open("a")
        effects = bench.says("a", type="message", text="hi")
        assert codes(effects, "a") == ["Authentification requise"]
    bench = Bench()
    bench.open("a")
    bench.name("a", "zed")
    asked = only(bench.says("a", type="message", text="hi"), x.Store)
    assert (asked.account, asked.author, asked.sender) == (None, "zed", "guest:a")


def test_a_mark_comes_back_to_its_sender_alone() -> None:
    """Never in the frame that all others get."""
    bench = Bench()
    bench.seat("a")
    effects = bench.store(bench.says("a", type="message", text="hi", ref="r1"), 1)
    assert sent(effects, "a") == [MessageAck("r1", 1, "lobby")]
    assert isinstance(effects[0], x.Broadcast)


def test_the_same_mark_twice_stores_once() -> None:
    """Whether the first is stored by then or not, on whichever connection of the account."""
    bench = Bench(same_account="allow")
    bench.seat("a")
    bench.open("b")
    bench.auth("b")
    effects = bench.says("a", type="message", text="hi", ref="r")
    assert kept(bench.says("a", type="message", text="hi", ref="r"), x.Store) == []
    assert kept(bench.says("b", type="message", text="hi", ref="r"), x.Store) == []
    effects = bench.store(effects, 1)
    ack = MessageAck("r", 1, "lobby")
    assert (sent(effects, "a"), sent(effects, "b")) == ([ack], [ack])
    assert bench.says("a", type="message", text="hi", ref="r") == [x.Send("a", ack)]


def test_a_message_that_was_stored_before_is_not_told_again() -> None:
    """The database knows a mark from before a restart."""
    bench = Bench(last=7)
    bench.seat("a")
    effects = bench.store(bench.says("a", type="message", text="hi", ref="r"), 5)
    assert told(effects) == []
    assert sent(effects, "a") == [MessageAck("r", 5, "lobby")]


def test_what_could_not_be_stored_may_be_tried_again() -> None:
    """Under the same mark."""
    bench = Bench()
    bench.seat("a")
    asked = only(bench.says("a", type="message", text="hi", ref="r"), x.Store)
    assert codes(bench.do(n.NotStored(asked.request)), "a") == ["Erreur enregistrement message"]
    assert kept(bench.says("a", type="message", text="hi", ref="r"), x.Store)
    asked = only(bench.says("a", type="message", text="hi"), x.Store)
    assert codes(bench.do(n.NotStored(asked.request)), "a") == ["Erreur enregistrement message"]
    assert bench.do(n.NotStored(asked.request)) == []


def test_a_sender_that_has_gone_is_told_nothing() -> None:
    """What it said is told to the others."""
    bench = Bench()
    bench.seat("a")
    effects = bench.says("a", type="message", text="hi", ref="r")
    bench.do(n.Closed("a"))
    effects = bench.store(effects, 1)
    assert len(told(effects)) == 1
    assert sent(effects, "a") == []


def test_what_waits_to_be_stored_is_bounded() -> None:
    """A database that stands still does not fill the memory."""
    bench = Bench(unstored=3)
    bench.seat("a")
    effects = [e for _ in range(5) for e in bench.says("a", type="message", text="x")]
    assert len(kept(effects, x.Store)) == 3
    assert codes(effects, "a") == ["BUSY", "BUSY"]


def test_what_is_said_before_the_room_is_known_waits() -> None:
    """Nobody in it misses it."""
    bench = Bench()
    bench.seat("a")
    bench.do(n.SessionsChanged((n.LiveSession("demo"),)))
    bench.says("a", type="join", room="demo")
    assert kept(bench.says("a", type="message", text="hi"), x.Store) == []
    assert only(bench.do(n.RoomLoaded("demo", 9)), x.Store).room == "demo"


def test_a_message_for_a_room_that_is_no_more_is_acknowledged() -> None:
    """It is stored, and nobody is there to be told."""
    bench = Bench()
    bench.seat("a")
    bench.do(n.SessionsChanged((n.LiveSession("demo"),)))
    bench.says("a", type="join", room="demo")
    bench.do(n.RoomLoaded("demo", 0))
    effects = bench.says("a", type="message", text="hi", ref="r")
    bench.do(n.SessionsChanged(()))
    effects = bench.store(effects, 1)
    assert kept(effects, x.Broadcast) == []
    assert sent(effects, "a") == [MessageAck("r", 1, "demo")]


def test_the_others_see_who_writes_and_how_they_are() -> None:
    """For G1; from those who may write."""
    bench = Bench()
    bench.seat("a")
    bench.open("b")
    effects = bench.says("a", type="typing", isTyping=True)
    frame = TypingIndicator(TypingState("a", "alice", True))
    assert effects == [x.Broadcast(TALK, frame, "a")]
    effects = bench.says("a", type="presence:update", status="away")
    state = PresenceState("a", "alice", "away")
    assert effects == [x.Broadcast(TALK, PresenceUpdate(state), "a")]
    assert bench.says("b", type="typing", isTyping=True) == []


def test_messages_from_elsewhere_are_told_too() -> None:
    """Those that came over HTTP."""
    bench = Bench()
    bench.open("a")
    assert len(told(bench.do(n.Stored(None, "lobby", message(1))))) == 1
