"""The plain API: the same calls, blocking."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

import headcount
from headcount import blocking, connection, session
from headcount.errors import (
    BadInputError,
    BrokerRefusedError,
    RequestRefusedError,
    SessionEndedError,
)
from headcount.links.memory import MemoryBroker
from headcount.mail import Message
from tests.engines import Engine
from tests.playing import PATIENCE
from tests.raw_mqtt import RawClient

ADDED = {"open", "enter", "poll"}
FORGETFUL = """
import sys, headcount
broker = headcount.blocking.connect(sys.argv[1], client_id="ann").open()
session = broker.create("Sea", id="demo").enter()
print("ready", flush=True)
if sys.argv[2] == "wait":
    for state in session.watch():
        pass
"""


@pytest.fixture
def memory() -> MemoryBroker:
    """Give a broker in memory."""
    return MemoryBroker()


def client(memory: MemoryBroker, client_id: str) -> blocking.Broker:
    """Return a connection."""
    return blocking.connect(connector=memory.connector(), client_id=client_id)


def test_a_whole_session(memory: MemoryBroker) -> None:
    """Create, list, join, command, update, talk, leave: every call returns when it is done."""
    with client(memory, "ann") as ann, client(memory, "ben") as ben:
        with ann.create("Sea", id="demo", roles=["mayor"], seats=(2, 4)) as host:
            assert [state.session_id for state in ben.sessions()] == ["demo"]
            states = host.watch()
            with ben.join("demo") as guest:
                assert next(states).count == 1
                assert next(states).count == 2
                guest.set_ready()
                guest.claim_role("mayor")
                assert guest.role == "mayor"
                guest.update(lambda properties: {**properties, "n": 1})
                assert guest.properties == {"n": 1}
                inbox = host.messages()
                assert inbox.poll() is None
                assert guest.send("hello")
                message = inbox.poll(PATIENCE)
                assert isinstance(message, Message)
                assert message.payload == "hello"
                host.start()
                assert guest.rng("x").random() == host.rng("x").random()
            assert guest.closed_reason == "left"
            host.close()
        assert list(states)[-1].version >= 5
        assert host.closed_reason == "closed"
        assert next(ann.watch_sessions()) == []
    assert memory.retained == {}


def test_the_update_runs_in_the_callers_thread(memory: MemoryBroker) -> None:
    """It may take its time, and look at anything of the caller's."""
    threads = []
    with client(memory, "ann") as ann, ann.create("Sea") as host:
        host.update(lambda properties: threads.append(threading.current_thread()))
    assert threads == [threading.main_thread()]


def test_errors_are_the_same(memory: MemoryBroker) -> None:
    """Raised in the caller's thread."""
    with client(memory, "ann") as ann:
        with pytest.raises(RequestRefusedError) as refused, ann.join("demo"):
            pass
        assert refused.value.code == "NOT_FOUND"
        with pytest.raises(BadInputError):
            ann.create("Sea", seats=0)
    memory.refuse = True
    with pytest.raises(BrokerRefusedError):
        client(memory, "ann").open()
    with pytest.raises(BadInputError, match="connect first"):
        client(memory, "ann").sessions()


def test_nothing_is_left_running(memory: MemoryBroker) -> None:
    """Each connection has a thread, and ends it."""
    before = threading.active_count()
    with client(memory, "ann") as ann:
        assert threading.active_count() == before + 1
        ann.create("Sea").enter()
    ann.close()
    assert threading.active_count() == before
    assert memory.client_ids == []


def test_who_closes_the_connection_first_has_left(memory: MemoryBroker) -> None:
    """Leaving afterwards is no mistake."""
    with client(memory, "ann") as ann, ann.create("Sea") as host:
        ann.close()
    assert host.closed_reason == "left"


def test_it_mirrors_the_asynchronous_one() -> None:
    """Same names; what comes in addition is only for where `with` does not suit."""
    for plain, original in (
        (blocking.Broker, connection.Broker),
        (blocking.Session, session.Session),
    ):
        missing = public(original) - public(plain) - {"entered", "listed", "check_open"}
        assert missing == set()
        assert public(plain) - public(original) <= ADDED
    watching = inspect.signature(blocking.Broker.watch).parameters
    assert str(watching) == str(inspect.signature(connection.Broker.watch).parameters)


@pytest.mark.parametrize("ending", ["end", "interrupt"])
def test_a_program_that_forgets_to_leave(mosquitto: Engine, ending: str) -> None:
    """At its end, or at Ctrl-C while it waits, it leaves all the same."""
    began = time.monotonic()
    program = subprocess.Popen(
        [sys.executable, "-c", FORGETFUL, mosquitto.url, "wait" if ending == "interrupt" else ""],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    if ending == "interrupt":
        program.send_signal(signal.SIGINT if os.name == "posix" else signal.CTRL_C_EVENT)
    _, errors = program.communicate(timeout=PATIENCE)
    assert ("KeyboardInterrupt" in errors) == (ending == "interrupt")
    assert time.monotonic() - began < PATIENCE
    with RawClient(mosquitto.port, "reader") as reader:
        reader.subscribe("#")
        assert reader.take() == []


def public(kind: type[Any]) -> set[str]:
    """Return the public names of a class."""
    return {name for name in dir(kind) if not name.startswith("_")}


def test_it_is_reached_from_the_package() -> None:
    """Without an import of its own."""
    assert headcount.blocking is blocking


def test_what_was_never_entered_has_nothing_to_follow(memory: MemoryBroker) -> None:
    """It says so, and does not wait for ever."""
    with client(memory, "ann") as ann:
        session = ann.create("Sea")
        for feed in (session.watch(), session.messages()):
            with pytest.raises(BadInputError, match="enter the session first"):
                next(feed)


def test_a_closed_connection_says_so(memory: MemoryBroker) -> None:
    """Nobody has left a session here."""
    ann = client(memory, "ann").open()
    ann.close()
    for ask in (ann.sessions, ann.create("Sea").enter):
        with pytest.raises(SessionEndedError, match="connection to the broker was closed"):
            ask()
