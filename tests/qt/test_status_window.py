"""The window that shows who is there."""

from __future__ import annotations

from headcount.core.lifecycle import Phase
from headcount.links.memory import MemoryBroker
from headcount.qt.status_window import StatusWindow
from tests.qt.windows import SLOW, Windows, until


def test_who_is_there(windows: Windows, memory: MemoryBroker) -> None:
    """You, those connected, those away, and the roles that wait for somebody."""
    ann, ben = windows.client(memory, "ann", name="Ann"), windows.client(memory, "ben", name="Ben")
    timers = {**SLOW, "grace_started": 30.0}
    host = ann.create("Sea", id="demo", roles=["Mayor", "Fisher"], seats=(1, 3), **timers)
    window = StatusWindow(host, language="en")
    windows.keep(window)
    window.show()
    until(lambda: window.lines)
    assert window.lines == ["⏳ Mayor (Waiting...)", "⏳ Fisher (Waiting...)", "✓ Ann (You)"]
    assert window.total_label.text() == "Connected: 1/3"
    host.claim_role("Mayor")
    guest = ben.join("demo")
    guest.claim_role("Fisher")
    until(lambda: window.lines == ["✓ Mayor (You)", "● Fisher (Connected)"])
    assert window.total_label.text() == "Connected: 2/3"
    host.start()
    until(lambda: guest.state.phase is Phase.STARTED)
    memory.refuse = True
    memory.drop(next(client for client in memory.client_ids if client.startswith("ben")))
    until(lambda: "◌ Fisher (Away)" in window.lines)
    assert window.total_label.text() == "Connected: 1/3"
    memory.refuse = False
    until(lambda: window.total_label.text() == "Connected: 2/3")
    assert window.lines[1] == "● Fisher (Connected)"
    host.close()
    until(lambda: window.lines == [])
    assert window.total_label.text().startswith("Session Closed")
