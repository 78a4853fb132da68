"""Calls that come while another one waits, and what is left of a session that is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from qtpy.QtCore import QTimer

from headcount.core.messages import Code
from headcount.errors import RequestRefusedError, SessionEndedError
from headcount.qt import bridge
from headcount.sge.names.place import Place
from tests.qt.windows import pause, until
from tests.sge.names.conftest import Managers


def meanwhile(call: Callable[[], Any]) -> list[Any]:
    """Call something as soon as the windows live; return where its result or error will be."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(call())
        except RequestRefusedError as error:
            results.append(error)

    QTimer.singleShot(0, run)
    return results


def test_two_calls_that_connect_at_once_share_one_connection(managers: Managers) -> None:
    """One client id has one connection."""
    ana = managers()
    inner = meanwhile(ana.discoverSessions)
    assert ana.discoverSessions() == {}
    assert inner == [{}]
    assert len(bridge._open) == 1
    assert ana._place.broker in bridge._open


def test_disconnecting_ends_a_call_that_connects(managers: Managers) -> None:
    """Nothing is left open behind it, and one can connect again."""
    ana = managers()
    meanwhile(ana.disconnect)
    with pytest.raises(SessionEndedError, match="connect again"):
        ana.discoverSessions()
    until(lambda: not bridge._open)
    assert ana.discoverSessions() == {}


def test_no_answer_leaves_no_connection_behind(
    managers: Managers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would come up later, and take the client id from the next one."""
    monkeypatch.setattr("headcount.sge.names.place.ANSWERS", 0.0)
    ana = managers()
    with pytest.raises(RequestRefusedError, match="no answer"):
        ana.discoverSessions()
    until(lambda: not bridge._open)
    assert ana._place.broker is None


def test_one_session_is_entered_at_a_time(managers: Managers) -> None:
    """A second click is refused; otherwise one would host a session nobody knows of."""
    ana = managers()
    ana.discoverSessions()
    inner = meanwhile(lambda: ana.publishSession("lake", 1, 4))
    ana.publishSession("sea", 1, 4)
    assert inner[0].code == Code.NOT_ALLOWED
    pause(0.3)
    assert list(ana.discoverSessions()) == ["sea"]


def test_a_session_that_its_host_ended_does_not_come_back(managers: Managers) -> None:
    """Though the list knows it later than one does oneself; and its id is free again."""
    ana, ben = managers(), managers()
    ana.publishSession("sea", 1, 4)
    ben.updateSessionState("sea", lambda session: session.add_instance(ben.client_id))
    told: list[str] = []
    ben.subscribeToSessionState("sea", lambda session: told.append(session.state))
    ana.disconnect()
    until(lambda: "closed" in told)
    pause(0.3)
    assert told == ["open", "closed"]
    ben.publishSession("sea", 1, 4)
    assert ben.session is not None
    assert ben.session.is_host


def test_an_address_of_ipv6(managers: Managers) -> None:
    """Brackets or not."""
    ana = managers()
    for host in ("::1", "[::1]"):
        ana.mqtt_manager.broker_host, ana.mqtt_manager.broker_port = host, 1
        with pytest.raises(Exception, match=r"\[::1\]:1"):
            ana.discoverSessions()
    assert isinstance(ana._place, Place)
