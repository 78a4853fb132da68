"""Questions to the database, a few at once."""

from __future__ import annotations

from headcount.chat.hub.effects import CheckName
from headcount.chat.hub.questions import PATIENCE, Question, Questions


def questions(most: int) -> tuple[Questions, list[int]]:
    """Return nothing asked, and a list of the numbers of what is."""
    asked: list[int] = []

    def emit(question: Question) -> None:
        asked.append(question.request)

    return Questions(most, emit), asked


def test_only_so_many_are_under_way() -> None:
    """The others follow in their order, one for each answer."""
    made, asked = questions(2)
    for number in range(5):
        made.ask(CheckName(number, "x"), 0.0)
    assert asked == [0, 1]
    assert made.answered(1, 3.0) == 0.0
    assert asked == [0, 1, 2]
    assert made.answered(2, 4.0) == 3.0
    assert asked == [0, 1, 2, 3]


def test_what_need_not_be_known_is_not_asked() -> None:
    """A client that has gone costs nothing."""
    made, asked = questions(1)
    for number in range(3):
        made.ask(CheckName(number, "x"), 0.0)
    made.forget(1)
    made.answered(0, 0.0)
    assert asked == [0, 2]


def test_silence_is_an_answer_after_a_while() -> None:
    """A database that hangs does not keep everybody out for ever."""
    made, asked = questions(1)
    made.ask(CheckName(1, "x"), 0.0)
    made.ask(CheckName(2, "x"), 0.0)
    assert made.next_deadline() == PATIENCE
    (late,) = made.overdue(PATIENCE)
    made.answered(late.request, PATIENCE)
    assert asked == [1, 2]
    assert made.answered(1, 99.0) is None
