"""The role dialog, driven by clicks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QDialog

from headcount.links.memory import MemoryBroker
from headcount.qt.role_dialog import RoleDialog
from headcount.qt.session import QtSession
from headcount.qt.status_window import StatusWindow
from tests.qt.windows import SLOW, Windows, click, pause, until

ROLES = ["Mayor", "Fisher & Co", "Admin"]
Game = Callable[..., list[RoleDialog]]


@pytest.fixture
def game(windows: Windows, memory: MemoryBroker) -> Game:
    """Give a function that starts a session of these clients and opens their dialogs."""

    def started(*names: str) -> list[RoleDialog]:
        first, *others = (windows.client(memory, name) for name in names)
        host = first.create("Sea", id="demo", roles=ROLES, seats=(1, 4), **SLOW)
        until(lambda: host.state)
        sessions: list[QtSession] = [host, *(other.join("demo") for other in others)]
        until(lambda: all(session.count == len(names) for session in sessions))
        host.start()
        dialogs = [RoleDialog(session, language="en") for session in sessions]
        for dialog in dialogs:
            windows.keep(dialog)
            dialog.show()
        return dialogs

    return started


def test_everybody_takes_a_role(game: Game) -> None:
    """Who has one waits for the others; all close together."""
    ann, ben = game("ann", "ben")
    assert list(ann.radios) == ["Mayor", "Fisher & Co"]
    assert not ann.ok_button.isEnabled()
    click(ann.radios["Mayor"])
    click(ann.ok_button)
    until(lambda: ben.radios["Mayor"].text() == "Mayor - Already connected")
    assert not ben.radios["Mayor"].isEnabled()
    until(lambda: ann.radios["Mayor"].text() == "Mayor - You have selected")
    assert ann.information_label.text() == (
        "⏳ Waiting for 1 more player(s) to select their role..."
    )
    click(ben.radios["Fisher & Co"])
    click(ben.ok_button)
    until(lambda: ann.result() == ben.result() == QDialog.DialogCode.Accepted)
    assert (ann.role, ben.role) == ("Mayor", "Fisher & Co")
    assert ben.information_label.text() == "✓ All players ready! Starting game..."


def test_two_want_the_same(game: Game) -> None:
    """Exactly one gets it; the other is told, and takes another."""
    ann, ben = game("ann", "ben")
    for dialog in (ann, ben):
        click(dialog.radios["Mayor"])
    for dialog in (ann, ben):
        click(dialog.ok_button)
    until(lambda: ann.error_label.text() or ben.error_label.text())
    until(lambda: ann.role or ben.role)
    first, second = (ann, ben) if ann.role else (ben, ann)
    assert (first.role, second.role) == ("Mayor", None)
    assert "Mayor" in second.error_label.text()
    until(lambda: not second.radios["Mayor"].isChecked())
    click(second.radios["Fisher & Co"])
    until(second.ok_button.isEnabled)
    click(second.ok_button)
    until(lambda: ann.result() == ben.result() == QDialog.DialogCode.Accepted)


def test_another_role_instead(game: Game) -> None:
    """Until all have one, one may change; the old one is free again."""
    ann, ben = game("ann", "ben")
    click(ann.radios["Mayor"])
    click(ann.ok_button)
    until(lambda: ann.role == "Mayor" and ann.radios["Mayor"].text().endswith("selected"))
    assert not ann.ok_button.isEnabled()
    click(ann.radios["Fisher & Co"])
    until(ann.ok_button.isEnabled)
    click(ann.ok_button)
    until(lambda: ben.radios["Mayor"].isEnabled() and not ben.radios["Fisher & Co"].isEnabled())


def test_who_leaves_is_not_waited_for(game: Game) -> None:
    """One who cancels gives the role back; one who goes is no longer counted."""
    ann, ben, chloe = game("ann", "ben", "chloe")
    click(ben.radios["Mayor"])
    click(ben.ok_button)
    until(lambda: ben.role == "Mayor" and not ann.radios["Mayor"].isEnabled())
    click(ben.cancel_button)
    until(lambda: ann.radios["Mayor"].isEnabled())
    click(ann.radios["Mayor"])
    click(ann.ok_button)
    until(lambda: ann.role == "Mayor")
    ben.session.leave()
    until(lambda: ann.session.count == 2)
    pause(0.1)
    assert ann.result() == QDialog.DialogCode.Rejected
    assert ann.isVisible()
    chloe.session.leave()
    until(lambda: ann.result() == QDialog.DialogCode.Accepted)


def test_the_creator_goes(game: Game) -> None:
    """The window closes, and says why."""
    ann, ben = game("ann", "ben")
    read: list[str] = []

    def look() -> None:
        if ben.message_box is not None and ben.message_box.isVisible():
            read.append(ben.message_box.text())
            ben.message_box.accept()

    QTimer.singleShot(50, ann.session.leave)
    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    assert ben.exec() == QDialog.DialogCode.Rejected
    assert read[0].startswith("Session Closed: The session creator has disconnected.")
    assert not ann.isVisible()
    timer.stop()


def test_a_dialog_for_a_session_that_is_over_already(
    windows: Windows, memory: MemoryBroker
) -> None:
    """It says so and goes, and waits for nobody; so does the status window."""
    ana, ben = windows.client(memory, "ana"), windows.client(memory, "ben")
    host = ana.create("Sea", id="demo", roles=ROLES, **SLOW)
    until(lambda: host.state)
    member = ben.join("demo")
    until(lambda: member.count == 2)
    host.close()
    until(lambda: member.is_over)
    dialog, status = RoleDialog(member, language="en"), StatusWindow(member, language="en")
    windows.keep(dialog)
    windows.keep(status)
    dialog.show()
    assert not dialog.isVisible()
    assert dialog.message_box is not None
    assert status.lines == []
    dialog.message_box.close()
