"""Waiting for an answer while the windows live on."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

from headcount.core.messages import Role, Start
from headcount.errors import BadInputError, RequestRefusedError, UnknownHostError
from headcount.links.memory import MemoryBroker
from headcount.qt.waiting import answer_to, error_of, until
from tests.qt.windows import Windows


@pytest.mark.parametrize("timeout", [None, "2", True, float("nan")])
def test_what_is_no_time(app: QApplication, timeout: Any) -> None:
    """The message says so, and nothing is waited for."""
    with pytest.raises(BadInputError, match="number of seconds"):
        until(lambda: True, timeout)


def test_times_that_no_timer_of_qt_takes(app: QApplication) -> None:
    """A negative one is none at all, and one without an end is as long as can be."""
    assert not until(lambda: False, -1)
    later: list[int] = []
    QTimer.singleShot(20, partial(later.append, 1))
    assert until(lambda: later, float("inf"))


def test_an_answer_is_that_to_ones_own_question(windows: Windows, memory: MemoryBroker) -> None:
    """Of two that wait at one moment, one in the other."""
    session = windows.client(memory, "ana").create("Sea", roles=["Mayor"])
    until(lambda: session.state, 5.0)
    refused: list[str] = []

    def refused_one() -> None:
        with pytest.raises(RequestRefusedError) as error:
            answer_to(session, "second", lambda: session.request(Role("Nobody"), "second"), 5.0)
        refused.append(error.value.code)

    QTimer.singleShot(0, refused_one)
    answer_to(session, "first", lambda: session.request(Start(0.0), "first"), 5.0)
    until(lambda: refused, 5.0)
    assert refused == ["ROLE_UNKNOWN"]


def test_a_refusal_is_the_error_it_was() -> None:
    """Of those that tell why there is no broker."""
    assert isinstance(error_of("UnknownHostError", "no such name"), UnknownHostError)
    assert isinstance(error_of("FULL", "no seat"), RequestRefusedError)
    assert str(error_of("OSError", "odd")) == "odd"
