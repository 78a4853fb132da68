"""What the parts of a client share."""

from __future__ import annotations

from msgspec.structs import replace

from headcount.core import events as e
from headcount.core import messages as m
from headcount.core.context import MAX_READERS
from headcount.core.lifecycle import Phase
from headcount.core.reader import Verdict
from headcount.core.topics import Kind, Topic
from tests.core.builders import CARD, NOW, STATE, context, hear_birth, state


def test_what_is_asked_for_is_taken_once() -> None:
    """Effects come out in the order in which they were asked for."""
    here = context()
    here.count("sweeps")
    here.notify(e.LinkChanged(True))
    here.add([e.DropLink()])
    assert here.take_effects() == [
        e.Count("sweeps"),
        e.Notify(e.LinkChanged(True)),
        e.DropLink(),
    ]
    assert here.take_effects() == []


def test_what_cannot_be_sent_now_is_never_sent() -> None:
    """R1: nothing composed under one connection is sent under another."""
    here = context(up=False)
    here.send(STATE, state(), retain=True)
    here.ask_again(STATE)
    here.subscribe([STATE])
    here.unsubscribe([STATE])
    assert here.take_effects() == []


def test_messages_expire_only_where_the_broker_can_make_them() -> None:
    """Section 3.2: MQTT 5 expiry where there is MQTT 5."""
    here = context()
    here.send(STATE, None, retain=True, expiry=60)
    here.expiry = True
    here.send(STATE, None, retain=True, expiry=60)
    assert here.take_effects() == [
        e.Send(STATE, None, True, None),
        e.Send(STATE, None, True, 60),
    ]


def test_a_topic_is_given_up_when_its_last_listener_goes() -> None:
    """A seat, a list and a sweep may listen to one topic; S3: one subscription table."""
    here = context()
    here.subscribe([STATE, CARD])
    here.subscribe([STATE])
    here.unsubscribe([STATE, CARD])
    here.unsubscribe([STATE])
    here.subscribe([])
    here.unsubscribe([])
    assert here.take_effects() == [
        e.Subscribe((STATE, CARD)),
        e.Subscribe((STATE,)),
        e.Unsubscribe((CARD,)),
        e.Unsubscribe((STATE,)),
    ]


def test_giving_up_what_one_has_not_is_harmless() -> None:
    """It cannot make somebody else's subscription disappear later."""
    here = context()
    here.unsubscribe([STATE])
    here.subscribe([STATE])
    here.subscribe([STATE])
    here.unsubscribe([STATE])
    assert here.take_effects()[1:] == [e.Subscribe((STATE,)), e.Subscribe((STATE,))]


def test_ones_own_presence_is_never_given_up() -> None:
    """It is what one hears oneself by."""
    here = context()
    mine = Topic(Kind.PRESENCE, None, "me")
    here.subscribe([mine])
    here.unsubscribe([mine])
    assert here.take_effects() == [e.Subscribe((mine,))]


def test_asking_again_is_no_second_subscription() -> None:
    """The broker sends what is retained once more; one `unsubscribe` still ends it."""
    here = context()
    here.subscribe([STATE])
    here.ask_again(STATE)
    here.unsubscribe([STATE])
    assert here.take_effects()[1:] == [e.Subscribe((STATE,)), e.Unsubscribe((STATE,))]


def test_a_reader_remembers_what_a_seat_has_read() -> None:
    """Invariants 1 and 8 outlive a seat: what was read once is never unread."""
    here = context()
    reader = here.reader("s")
    reader.accept(replace(state(), phase=Phase.CLOSED))
    reader.confirmed = True
    again = here.reader("s")
    assert again is reader
    assert again.confirmed is False
    assert again.judge(state(version=99)) is Verdict.DEAD


def test_so_many_readers_are_kept() -> None:
    """The one not asked for the longest goes first."""
    here = context()
    first, second = here.reader("first"), here.reader("second")
    for number in range(MAX_READERS - 2):
        here.reader(f"s{number}")
    assert here.reader("first") is first
    here.reader("one more")
    assert here.reader("first") is first
    assert here.reader("second") is not second


def test_requests_are_numbered_upwards() -> None:
    """Never the same number twice in one process, whatever the session."""
    here = context()
    assert [here.number_request() for _ in range(3)] == [1, 2, 3]


def test_one_may_judge_once_everything_pending_has_been_heard() -> None:
    """R1: connected, and no backlog of a stall before one."""
    here = context()
    assert here.may_judge
    here.drained = here.barrier()
    assert not here.may_judge
    hear_birth(here)
    assert here.may_judge
    here.hearing.link_down()
    assert not here.may_judge


def test_a_barrier_says_ones_birth() -> None:
    """Each has its mark, to know which came back."""
    here = context()
    mark = here.barrier()
    birth = m.Presence("birth", here.hearing.incarnation, mark)
    assert here.take_effects() == [e.Send(Topic(Kind.PRESENCE, None, "me"), birth)]
    assert here.barrier() == mark + 1


def test_times_are_written_in_utc_with_milliseconds() -> None:
    """ISO 8601 for people (section 3.3)."""
    here = context()
    here.utc = 0.5
    assert here.utc_text == "1970-01-01T00:00:00.500+00:00"


def test_jitter_is_drawn_within_its_bounds() -> None:
    """From the injected generator only, so that a run can be repeated."""
    delays = [context().random_delay(0.5) for _ in range(3)]
    assert len(set(delays)) == 1
    assert 0.0 <= delays[0] <= 0.5
    assert context().now == NOW
