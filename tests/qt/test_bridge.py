"""The API for Qt: nothing waits, and everything is told in the thread of the windows."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from headcount import blocking
from headcount.core.lifecycle import Phase
from headcount.links.memory import MemoryBroker
from headcount.mail import Message
from headcount.qt.bridge import QtBroker
from headcount.qt.courier import courier
from headcount.qt.session import QtSession
from tests.engines import Engine
from tests.qt.windows import FROZEN, SLOW, Windows, least_gap, pause, until
from tests.raw_mqtt import RawClient

FORGETFUL = """
import sys
from qtpy.QtWidgets import QApplication
from headcount.qt import ConnectionDialog
application = QApplication([])
dialog = ConnectionDialog("Sea", servers=[sys.argv[1]], language="en")
dialog.show()
while not (dialog.broker and dialog.broker.is_up):
    application.processEvents()
dialog.connect_button.click()
while not dialog.display.count:
    application.processEvents()
print("in it", flush=True)
if sys.argv[2] == "cancels":
    dialog.cancel_button.click()
"""


class Record:
    """What a broker's or session's signals brought, and in which threads."""

    def __init__(self, source: QtBroker | QtSession) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.threads: set[threading.Thread] = set()
        for name in ("accepted", "refused", "link_changed", "closed"):
            getattr(source, name).connect(self._slot(name))
        for name in ("state_changed", "countdown", "message", "sessions_changed"):
            if hasattr(source, name):
                getattr(source, name).connect(self._slot(name))

    def _slot(self, name: str) -> Callable[..., None]:
        def heard(*values: Any) -> None:
            self.threads.add(threading.current_thread())
            self.calls.append((name, *values))

        return heard

    def of(self, name: str) -> list[Any]:
        """Return what one signal brought."""
        return [call[1] if len(call) == 2 else call[1:] for call in self.calls if call[0] == name]


def test_a_whole_session(windows: Windows, memory: MemoryBroker) -> None:
    """Create, list, join, command, talk, start, leave: each is answered by one signal."""
    ann, ben = windows.client(memory, "ann"), windows.client(memory, "ben")
    listed = Record(ben)
    ben.follow_sessions()
    host = ann.create("Sea", id="demo", roles=["mayor"], seats=(2, 4))
    hosts = Record(host)
    until(lambda: hosts.of("accepted"))
    assert hosts.of("accepted") == [("create", host.state.version)]
    assert host.is_host
    assert host.id == "demo"
    until(lambda: [state.session_id for state in ben.sessions] == ["demo"])
    guest = ben.join("demo")
    guests = Record(guest)
    until(lambda: host.count == 2 and guest.count == 2)
    guest.claim_role("mayor")
    until(lambda: ("claim_role", guest.state.version) in guests.of("accepted"))
    assert guest.role == "mayor"
    guest.send("hello")
    until(lambda: hosts.of("message"))
    message = hosts.of("message")[0]
    assert isinstance(message, Message)
    assert message.payload == "hello"
    host.start()
    until(lambda: guest.state.phase is Phase.STARTED)
    assert guest.rng("x").random() == host.rng("x").random()
    guest.leave()
    until(lambda: guest.is_over and host.count == 1)
    assert guests.of("closed") == ["left"]
    host.close()
    until(lambda: host.closed_reason == "closed")
    until(lambda: listed.of("sessions_changed")[-1] == [])
    assert {*hosts.threads, *guests.threads, *listed.threads} == {threading.main_thread()}
    until(lambda: memory.retained == {})


def test_states_only_go_forward(windows: Windows, memory: MemoryBroker) -> None:
    """Whatever comes on two ways is told once, in order; an answer finds its state there."""
    ann = windows.client(memory, "ann")
    host = ann.create("Sea", id="demo")
    record = Record(host)
    for number in range(30):
        host.update(lambda properties, n=number: {**properties, str(n): n})
    until(lambda: len(record.of("accepted")) == 31)
    versions = [state.version for state in record.of("state_changed")]
    assert versions == sorted(set(versions))
    shown = 0
    for call in record.calls:
        if call[0] == "state_changed":
            shown = call[1].version
        elif call[0] == "accepted":
            assert call[2] <= shown


def test_a_refusal_says_why(windows: Windows, memory: MemoryBroker) -> None:
    """The host's code, and a message for people; bad arguments are told in the same way."""
    ann = windows.client(memory, "ann")
    for enter, word, code in (
        (lambda: ann.join("nowhere"), "join", "NOT_FOUND"),
        (lambda: ann.create("Sea", seats=0), "create", "BAD_INPUT"),
        (lambda: ann.join("not an id"), "join", "BAD_INPUT"),
    ):
        session = enter()
        record = Record(session)
        until(lambda record=record: record.of("refused"))
        assert record.of("refused")[0][:2] == (word, code)
        assert record.of("refused")[0][2]
        assert session.is_over
        assert session.state is None


def test_no_broker_is_told_and_may_be_tried_again(windows: Windows, memory: MemoryBroker) -> None:
    """The cause comes by signal; the same object connects once the broker is there."""
    memory.refuse = True
    broker = QtBroker(connector=memory.connector(), client_id="ann")
    record = Record(broker)
    broker.open()
    until(lambda: record.of("refused"))
    word, code, message = record.of("refused")[0]
    assert (word, code) == ("open", "BrokerRefusedError")
    assert "lets nobody in" in message
    memory.refuse = False
    broker.open()
    until(lambda: broker.is_up)
    broker.close()
    until(lambda: record.of("closed"))
    assert record.of("link_changed") == [True, False]
    until(lambda: memory.client_ids == [])


def test_the_link_is_told(windows: Windows, memory: MemoryBroker) -> None:
    """Lost, and back: by the connection and by the session on it."""
    ann = windows.client(memory, "ann")
    links = Record(ann)
    host = ann.create("Sea", **SLOW)
    record = Record(host)
    until(lambda: host.state)
    memory.kill()
    until(lambda: links.of("link_changed") == [False])
    memory.restart()
    until(lambda: links.of("link_changed") == [False, True])
    until(lambda: record.of("link_changed") == [False, True])


def test_leaving_what_one_is_about_to_enter(windows: Windows, memory: MemoryBroker) -> None:
    """Cancel while the answer is on its way: one is not in it."""
    ann = windows.client(memory, "ann")
    waiting = ann.join("later", wait=60.0)
    record = Record(waiting)
    pause(0.1)
    waiting.leave()
    until(lambda: record.of("accepted") == [("leave", 0)])
    assert record.of("refused")[0][:2] == ("join", "left")
    host = windows.client(memory, "ben").create("Sea", id="later")
    until(lambda: host.state)
    pause(0.6)
    assert host.count == 1


def test_a_dialog_may_be_opened_by_what_is_told(windows: Windows, memory: MemoryBroker) -> None:
    """An event loop inside of a slot gets what comes next."""
    ann = windows.client(memory, "ann")
    host = ann.create("Sea", id="demo")
    counts = []

    def opened(word: str, version: int) -> None:
        if word == "create":
            ann2 = windows.client(memory, "ben")
            ann2.join("demo")
            until(lambda: host.count == 2)
            counts.append(host.count)

    host.accepted.connect(opened)
    until(lambda: counts == [2])


def test_commands_after_the_end_are_answered(windows: Windows, memory: MemoryBroker) -> None:
    """Nothing is left without an answer."""
    ann = windows.client(memory, "ann")
    host = ann.create("Sea")
    until(lambda: host.state)
    record = Record(host)
    ann.close()
    until(lambda: host.is_over)
    until(lambda: not ann._line.running)
    host.set_ready()
    until(lambda: record.of("refused"))
    assert record.of("refused")[0][:2] == ("set_ready", "left")


def test_the_windows_never_stand_still(windows: Windows, memory: MemoryBroker) -> None:
    """Connecting, joining, leaving, a broker that goes: no gap above 50 ms."""

    def scene() -> None:
        ann = windows.client(memory, "ann")
        host = ann.create("Sea", id="demo", **SLOW)
        until(lambda: host.state)
        guests = [windows.client(memory, f"guest{n}").join("demo") for n in range(8)]
        until(lambda: host.count == 9)
        for guest in guests[:4]:
            guest.leave()
        until(lambda: host.count == 5)
        memory.kill()
        pause(0.3)
        memory.restart()
        until(lambda: ann.is_up)
        until(lambda: host.count == 5)
        ann.close()
        until(lambda: all(guest.is_over for guest in guests))

    assert least_gap(scene) < FROZEN


@pytest.mark.parametrize("ending", ["forgets", "cancels"])
def test_a_program_that_ends_leaves_first(nats: Engine, ending: str) -> None:
    """Also one that has cancelled just now, and one that never does."""
    done = subprocess.run(
        [sys.executable, "-c", FORGETFUL, nats.url, ending],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "in it\n"), done.stderr
    assert "Error" not in done.stderr
    with RawClient(nats.port, "reader") as reader:
        reader.subscribe("#")
        assert reader.take() == []


def test_a_window_that_is_busy_is_not_flooded(windows: Windows, memory: MemoryBroker) -> None:
    """While it computes, only so much waits for it; then it gets all, in order."""
    ann = windows.client(memory, "ann")
    host = ann.create("Sea", id="demo")
    until(lambda: host.state)
    record = Record(host)
    with blocking.connect(connector=memory.connector(), client_id="ben") as ben:
        guest = ben.join("demo").enter()
        for number in range(600):
            guest.send(number)
        time.sleep(0.2)
        assert 0 < courier().waiting < 300
    until(lambda: len(record.of("message")) == 600)
    assert [item.payload for item in record.of("message")] == list(range(600))


def test_the_list_is_followed_once(windows: Windows, memory: MemoryBroker) -> None:
    """However quickly one asks for it again; and no longer once that is told."""
    ana = windows.client(memory, "ana")
    for _ in range(5):
        ana.follow_sessions()
    until(lambda: ana.sessions == [])
    ana.unfollow_sessions()
    pause(0.2)
    told: list[object] = []
    ana.sessions_changed.connect(told.append)
    session = windows.client(memory, "ben").create("Sea", **SLOW)
    until(lambda: session.state)
    pause(1.0)
    assert told == []


def test_what_is_over_frees_its_id(windows: Windows, memory: MemoryBroker) -> None:
    """On the same connection, at once."""
    ana, ben = windows.client(memory, "ana"), windows.client(memory, "ben")
    host = ana.create("Sea", id="demo", **SLOW)
    until(lambda: host.state)
    member = ben.join("demo")
    until(lambda: member.state)
    host.close()
    until(lambda: member.is_over)
    second = ben.create("Sea", id="demo", **SLOW)
    until(lambda: second.state)
    assert second.is_host
