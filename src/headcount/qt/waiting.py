"""Waiting for an answer while the windows live on: for programs that want plain calls."""

from __future__ import annotations

import math
from collections.abc import Callable

from qtpy.QtCore import QCoreApplication, QEventLoop, QTimer

from headcount import errors
from headcount.core.messages import Code
from headcount.errors import BadInputError, HeadcountError, NoBrokerError, RequestRefusedError
from headcount.qt.bridge import QtBroker
from headcount.qt.session import QtSession

LOOK = 10
"""Milliseconds between two looks at a condition."""
LONGEST = 2**31 - 1
"""The most milliseconds that a timer of Qt takes."""


def until(condition: Callable[[], object], timeout: float) -> bool:
    """Let the windows live until a condition holds; return whether it does.

    Args:
        condition: looked at every 10 ms.
        timeout: how long to wait, in seconds; what waits inside of this wait ends before it.

    Raises:
        BadInputError: the timeout is no number, or there is no application of Qt to wait in.
    """
    patience = _milliseconds(timeout)
    if QCoreApplication.instance() is None:
        raise BadInputError("make a QApplication first: without one nothing can be waited for")
    loop = QEventLoop()
    end, look = QTimer(), QTimer()
    end.setSingleShot(True)
    end.timeout.connect(loop.quit)

    def looked() -> None:
        if condition():
            loop.quit()

    look.timeout.connect(looked)
    if not condition():
        end.start(patience)
        look.start(LOOK)
        loop.exec()
        look.stop()
        end.stop()
    return bool(condition())


def answer_to(
    source: QtBroker | QtSession, word: str, ask: Callable[[], object], timeout: float
) -> int:
    """Ask for something, and return the version that the answer names.

    Args:
        source: whose signals answer.
        word: the word of the answer; two that wait at one moment want two different ones.
        ask: asks for it.
        timeout: how long to wait, in seconds.

    Raises:
        RequestRefusedError: the host said no, or did not answer in time.
        HeadcountError: it could not be asked; the message says why.
    """
    answers: list[int | HeadcountError] = []

    def accepted(answered: str, version: int) -> None:
        if answered == word:
            answers.append(version)

    def refused(answered: str, code: str, message: str) -> None:
        if answered == word:
            answers.append(error_of(code, message))

    source.accepted.connect(accepted)
    source.refused.connect(refused)
    try:
        ask()
        until(lambda: answers, timeout)
    finally:
        source.accepted.disconnect(accepted)
        source.refused.disconnect(refused)
    outcome = answers[0] if answers else error_of(Code.TIMEOUT, f"no answer in {timeout:g} s")
    if isinstance(outcome, HeadcountError):
        raise outcome
    return outcome


def error_of(code: str, message: str) -> HeadcountError:
    """Return the error that a refusal stands for."""
    if code in set(Code):
        return RequestRefusedError(Code(code), message)
    kind = getattr(errors, code, None)
    if isinstance(kind, type) and issubclass(kind, NoBrokerError):
        return kind(message)
    return HeadcountError(message)


def _milliseconds(timeout: float) -> int:
    """Return a time in seconds as a timer of Qt takes it."""
    number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not number or math.isnan(timeout):
        raise BadInputError(f"a timeout is a number of seconds, not {timeout!r}")
    return int(min(max(timeout, 0) * 1000, LONGEST))
