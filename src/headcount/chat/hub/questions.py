"""Questions to the database for those who come: a bounded number under way at once.

When a thousand clients come back in one instant they are asked about one after another, in
the order in which they came, and the database is never asked more than it can answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from headcount.chat.hub.deadlines import Deadlines
from headcount.chat.hub.effects import Attach, CheckName, Identify

PATIENCE = 10.0
"""Seconds after which a question counts as not answered, so that its place is free again."""

Question = Identify | Attach | CheckName
Q = TypeVar("Q", Identify, Attach, CheckName)


class Questions:
    """What is asked, and what waits to be.

    Args:
        most: how many questions may be under way at once.
        emit: asks one.
    """

    def __init__(self, most: int, emit: Callable[[Question], None]) -> None:
        self._most = most
        self._emit = emit
        self._waiting: dict[int, Question] = {}
        self._asked: dict[int, tuple[Question, float]] = {}
        self._overdue: Deadlines[int] = Deadlines()

    def ask(self, question: Question, now: float) -> None:
        """Ask, now or when there is room."""
        self._waiting[question.request] = question
        self._go_on(now)

    def forget(self, request: int) -> None:
        """Do not ask what need not be known any more, if it was not asked yet."""
        self._waiting.pop(request, None)

    def answered(self, request: int, now: float) -> float | None:
        """Note an answer; return when the question was asked, or None if nobody waits for it."""
        self._overdue.cancel(request)
        asked = self._asked.pop(request, None)
        self._go_on(now)
        return None if asked is None else asked[1]

    def overdue(self, now: float) -> list[Question]:
        """Return the questions that count as not answered; their answers are still to be noted."""
        return [self._asked[request][0] for request in self._overdue.take(now)]

    def next_deadline(self) -> float | None:
        """Return when the next question will count as not answered."""
        return self._overdue.next()

    def _go_on(self, now: float) -> None:
        while self._waiting and len(self._asked) < self._most:
            request = next(iter(self._waiting))
            question = self._waiting.pop(request)
            self._asked[request] = (question, now)
            self._overdue.set(request, now + PATIENCE)
            self._emit(question)
