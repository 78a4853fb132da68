"""Application messages as they come."""

from __future__ import annotations

import pytest

from headcount.core import events as e
from headcount.core.context import Context
from headcount.core.inbox import Inbox
from headcount.core.messages import AppMessage
from tests.core.builders import SID, UID, context, state, told

HERE = state("host", "a", "b")


def inbox() -> tuple[Context, Inbox]:
    """Return an empty inbox."""
    here = context()
    return here, Inbox(here, SID)


def message(seq: int, nonce: str = "n", uid: str = UID) -> AppMessage:
    """Return a message of a member."""
    return AppMessage(uid, nonce, seq, f"no {seq}")


def arrived(seq: int, sender: str = "a") -> e.MessageArrived:
    """Return what the application is told of it."""
    return e.MessageArrived(SID, sender, sender, f"no {seq}", seq)


@pytest.mark.parametrize(
    ("numbers", "notices"),
    [
        ([1, 2], [arrived(1), arrived(2)]),
        ([1, 1, 2, 2], [arrived(1), arrived(2)]),
        ([7, 8], [arrived(7), arrived(8)]),
        ([1, 3], [arrived(1), e.MessagesMissed(SID, "a", 1), arrived(3)]),
        ([1, 9], [arrived(1), e.MessagesMissed(SID, "a", 7), arrived(9)]),
        ([1, 3, 2], [arrived(1), e.MessagesMissed(SID, "a", 1), arrived(3)]),
    ],
)
def test_in_order_gaps_told_repetitions_dropped(
    numbers: list[int], notices: list[e.Notice]
) -> None:
    """S3: nothing lost silently, nothing twice, nothing out of order."""
    here, box = inbox()
    for number in numbers:
        box.take("a", message(number), HERE)
    assert told(here.take_effects()) == notices


def test_each_sender_has_his_own_numbers() -> None:
    """Two members who both say their first message."""
    here, box = inbox()
    box.take("a", message(1), HERE)
    box.take("b", message(1), HERE)
    assert told(here.take_effects()) == [arrived(1), arrived(1, "b")]


def test_a_new_process_numbers_anew() -> None:
    """No gap is told where nobody knows where it began."""
    here, box = inbox()
    box.take("a", message(9), HERE)
    box.take("a", message(2, "later"), HERE)
    assert told(here.take_effects()) == [arrived(9), arrived(2)]


def test_a_stranger_is_counted_and_not_heard() -> None:
    """Only members speak in a session."""
    here, box = inbox()
    box.take("evil", message(1), HERE)
    assert here.take_effects() == [e.Count("stray_messages")]


def test_another_session_is_not_heard() -> None:
    """An old session of the same id, or none at all yet."""
    here, box = inbox()
    box.take("a", message(1, uid="old"), HERE)
    box.take("a", message(1), None)
    assert here.take_effects() == []
