"""Fan-out: every connection gets exactly what it would get frame by frame, in one write."""

from __future__ import annotations

import random
from collections.abc import Callable

from headcount.chat.hub.effects import Channel, Kind
from headcount.chat.server.fanout import Fanout

TALK, COUNTS = Channel("lobby", Kind.TALK), Channel("lobby", Kind.COUNTS)
OTHER = Channel("sea", Kind.TALK)


class Sink:
    """Remembers what was written to it."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Remember."""
        self.writes.append(data)


class Turn:
    """A fan-out whose turns end when the test says so."""

    def __init__(self, *names: str) -> None:
        self.soon: list[Callable[[], None]] = []
        self.flushed = 0
        self.fanout = Fanout(self.soon.append, self._count)
        self.sinks = {name: Sink() for name in names}
        for name, sink in self.sinks.items():
            self.fanout.open(name, sink)

    def end(self) -> None:
        """End the turn."""
        waiting, self.soon[:] = list(self.soon), []
        for function in waiting:
            function()

    def take(self, name: str) -> list[bytes]:
        """Return what was written to a connection since the last time."""
        sink = self.sinks[name]
        writes, sink.writes = sink.writes, []
        return writes

    def _count(self) -> None:
        self.flushed += 1


def test_a_turn_is_one_write_of_one_object() -> None:
    """All who hear the same get the very same bytes, joined once."""
    turn = Turn("a", "b")
    for name in "ab":
        turn.fanout.subscribe(name, TALK)
    turn.end()
    for frame in (b"1", b"2", b"3"):
        turn.fanout.broadcast(TALK, frame)
    assert len(turn.soon) == 1
    turn.end()
    [one], [two] = turn.take("a"), turn.take("b")
    assert one == b"123"
    assert one is two
    assert turn.flushed == 2


def test_own_frames_stand_where_they_were_sent() -> None:
    """An acknowledgement between two broadcasts arrives between them, still in one write."""
    turn = Turn("a", "b")
    for name in "ab":
        turn.fanout.subscribe(name, TALK)
        turn.fanout.subscribe(name, COUNTS)
    turn.end()
    turn.fanout.broadcast(TALK, b"1")
    turn.fanout.send("a", b"A")
    turn.fanout.broadcast(COUNTS, b"2")
    turn.fanout.broadcast(TALK, b"3", without="a")
    turn.fanout.broadcast(TALK, b"4")
    turn.end()
    assert turn.take("a") == [b"1A24"]
    assert turn.take("b") == [b"1234"]


def test_who_comes_and_goes_within_a_turn_hears_just_that_part() -> None:
    """Between subscribing and unsubscribing; what it is still to get when it closes is returned."""
    turn = Turn("a")
    turn.fanout.broadcast(TALK, b"1")
    turn.fanout.subscribe("a", TALK)
    turn.fanout.broadcast(TALK, b"2")
    turn.fanout.unsubscribe("a", TALK)
    turn.fanout.broadcast(TALK, b"3")
    turn.end()
    assert turn.take("a") == [b"2"]
    turn.fanout.subscribe("a", TALK)
    turn.fanout.broadcast(TALK, b"4")
    turn.fanout.send("a", b"bye")
    assert turn.fanout.close("a") == b"4bye"
    turn.end()
    assert turn.take("a") == []
    assert "a" not in turn.fanout
    assert turn.fanout.close("a") == b""


def test_who_opens_in_the_middle_of_a_turn_gets_nothing_of_before() -> None:
    """Not even when it listens to a channel at once."""
    turn = Turn()
    turn.fanout.broadcast(TALK, b"1")
    sink = turn.sinks["late"] = Sink()
    turn.fanout.open("late", sink)
    turn.fanout.subscribe("late", TALK)
    turn.fanout.broadcast(TALK, b"2")
    turn.end()
    assert turn.take("late") == [b"2"]


def test_listeners_are_counted_by_channel() -> None:
    """Each once, whatever else it hears."""
    turn = Turn("a", "b", "c")
    turn.fanout.subscribe("a", TALK)
    turn.fanout.subscribe("a", COUNTS)
    turn.fanout.subscribe("b", COUNTS)
    assert turn.fanout.listeners(TALK) == 1
    assert turn.fanout.listeners(TALK, COUNTS) == 2
    assert turn.fanout.listeners(OTHER) == 0
    assert len(turn.fanout) == 3


def test_it_is_the_same_as_frame_by_frame() -> None:
    """Whatever is done in whatever order, no byte is lost, doubled or out of place."""
    for seed in range(200):
        rng = random.Random(seed)
        turn = Turn("a", "b", "c", "d")
        heard: dict[str, set[Channel]] = {name: set() for name in turn.sinks}
        expected = dict.fromkeys(turn.sinks, b"")
        for number in range(60):
            name, channel = rng.choice("abcd"), rng.choice((TALK, COUNTS, OTHER))
            frame = f"<{number}>".encode()
            match rng.randrange(6):
                case 0:
                    turn.fanout.subscribe(name, channel)
                    heard[name].add(channel)
                case 1:
                    turn.fanout.unsubscribe(name, channel)
                    heard[name].discard(channel)
                case 2:
                    turn.fanout.send(name, frame)
                    expected[name] += frame
                case 3:
                    turn.end()
                case _:
                    without = rng.choice([None, None, *"abcd"])
                    turn.fanout.broadcast(channel, frame, without)
                    for each in expected:
                        if channel in heard[each] and each != without:
                            expected[each] += frame
        turn.end()
        assert {name: b"".join(turn.take(name)) for name in expected} == expected, seed
