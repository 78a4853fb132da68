"""The connection dialog, driven by clicks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import pytest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtGui import QGuiApplication
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QDialog

from headcount.broker.ports import free_port
from headcount.core.lifecycle import Phase
from headcount.errors import BadInputError
from headcount.links.memory import MemoryBroker
from headcount.qt import bridge
from headcount.qt.connection_dialog import ConnectionDialog
from headcount.qt.display import Stage
from tests.engines import Engine
from tests.qt.windows import FROZEN, SLOW, Windows, click, ends_by_itself, least_gap, pause, until

SHOWN = 3.0
"""How long a change may take until all windows show it (S24)."""
CLOSED = "Session Closed: The session creator has disconnected. The session has been closed."
Dialogs = Callable[..., ConnectionDialog]


@pytest.fixture
def dialogs(windows: Windows) -> Dialogs:
    """Give a function that opens a dialog."""

    def opened(**options: Any) -> ConnectionDialog:
        options = {"seats": (2, 4), "language": "en", "auto_start": False, **options}
        dialog = ConnectionDialog("Sea Zones", **options)
        windows.keep(dialog)
        dialog.show()
        until(lambda: dialog.display.stage is not Stage.CONNECTING)
        return dialog

    return opened


@pytest.fixture
def room(dialogs: Dialogs, memory: MemoryBroker) -> Dialogs:
    """Give a function that opens a dialog on the broker in memory."""
    return lambda name, **options: dialogs(
        connector=memory.connector(), client_id=name, name=name, **options
    )


def create(dialog: ConnectionDialog) -> None:
    """Create a session and wait until one is in it."""
    click(dialog.connect_button)
    until(lambda: dialog.display.count == 1)


def join(dialog: ConnectionDialog) -> None:
    """Choose the only session of the list, and join it."""
    click(dialog.join_radio)
    until(lambda: dialog.list.count() == 1)
    place = dialog.list.visualItemRect(dialog.list.item(0)).center()
    QTest.mouseClick(dialog.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    until(lambda: dialog.id_edit.text())
    click(dialog.connect_button)


def numbers(dialog: ConnectionDialog) -> tuple[int | None, int | None]:
    """Return what the widgets show: the number in one's own row, and that of the bottom line."""
    rows = [dialog.list.item(number).text() for number in range(dialog.list.count())]
    row = next((re.search(r"\((\d+)/", text) for text in rows if "✓" in text), None)
    line = re.match(r"(\d+)/", dialog.bottom_label.text())
    return (None if row is None else int(row[1])), (None if line is None else int(line[1]))


def shows(dialog: ConnectionDialog, count: int) -> bool:
    """Tell whether both displays show this number."""
    return numbers(dialog) == (count, count)


class Samples:
    """Looks at all dialogs every 50 ms: in each, both displays show the same number."""

    def __init__(self, dialogs: list[ConnectionDialog]) -> None:
        self.seen: list[tuple[int | None, ...]] = []
        self.wrong: list[tuple[int | None, int | None]] = []
        self._dialogs = dialogs
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)

    def _look(self) -> None:
        shown = [numbers(dialog) for dialog in self._dialogs]
        self.wrong += [pair for pair in shown if pair[0] != pair[1]]
        self.seen.append(tuple(pair[1] for pair in shown))

    def __enter__(self) -> Self:
        self._timer.start(50)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, and tell whether all was well."""
        self._timer.stop()
        if error is None:
            assert self.wrong == []
            assert len(self.seen) > 3


def test_create_join_start(room: Dialogs) -> None:
    """The way most people go: one creates, one joins from the list, the game starts."""
    ann, ben = room("ann"), room("ben")
    assert ann.status_label.text() == "Connection Status: [●] Connected to broker"
    assert not ann.start_button.isVisible()
    create(ann)
    assert ann.bottom_label.text() == "1/2-4 instance(s) connected (waiting for 1 more...)"
    assert ann.seed_label.text().startswith("Seed: Synchronized ✓")
    assert ann.start_button.isVisible()
    assert not ann.start_button.isEnabled()
    assert not ann.connect_button.isEnabled()
    join(ben)
    until(lambda: shows(ann, 2) and shows(ben, 2))
    assert ben.list.item(0).text() == "Sea Zones (2/4 instances) ✓ · 2/2-4 instances (Ready)"
    assert not ben.start_button.isVisible()
    assert ann.display.stage is Stage.READY_MIN
    click(ann.start_button)
    until(lambda: ann.result() == ben.result() == QDialog.DialogCode.Accepted)
    assert ann.session.seed == ben.session.seed
    assert ben.session.state.phase is Phase.STARTED
    assert ben.session.state.members["ben"].name == "ben"
    assert not ben.isVisible()
    for dialog in (ann, ben):
        dialog.broker.close()


def test_a_full_session_starts_by_itself(room: Dialogs) -> None:
    """With a countdown that every window shows."""
    ann = room("ann", seats=2, auto_start=True)
    ben = room("ben")
    create(ann)
    join(ben)
    until(lambda: "in: 3..." in ann.information_label.text())
    until(lambda: "in: 2..." in ben.information_label.text())
    until(lambda: ann.result() == ben.result() == QDialog.DialogCode.Accepted)
    for dialog in (ann, ben):
        dialog.broker.close()


def test_join_join_leave(room: Dialogs, memory: MemoryBroker) -> None:
    """S8 and S25: 2, 3, 2, 3; at every sample both displays agree; who left does not return."""
    ann, ben, chloe, dan = (room(name, **SLOW) for name in ("ann", "ben", "chloe", "dan"))
    with Samples([ann, ben, chloe, dan]):
        create(ann)
        for inside in ([ann, ben], [ann, ben, chloe]):
            began = time.monotonic()
            join(inside[-1])
            until(lambda inside=inside: all(shows(dialog, len(inside)) for dialog in inside))
            assert time.monotonic() - began < SHOWN
        assert ann.list.item(0).text().startswith("Sea Zones (3/4 instances) ✓")
        click(ben.cancel_button)
        assert not ben.isVisible()
        until(lambda: shows(ann, 2) and shows(chloe, 2))
        join(dan)
        until(lambda: all(shows(dialog, 3) for dialog in (ann, chloe, dan)))
        pause(0.3)
        assert ann.session.state.connected_instances == ["ann", "chloe", "dan"]


def test_the_creator_cancels(room: Dialogs, memory: MemoryBroker) -> None:
    """The session is closed, everybody is told, their windows close, nothing is left."""
    ann, ben, onlooker = room("ann", **SLOW), room("ben"), room("onlooker")
    create(ann)
    join(ben)
    until(lambda: shows(ben, 2) and onlooker.list.count() == 1)
    click(ann.cancel_button)
    until(lambda: ben.message_box is not None)
    assert ben.message_box.text() == CLOSED
    assert not ben.isVisible()
    assert ben.result() == QDialog.DialogCode.Rejected
    assert ben.bottom_label.text() == "Instances: Session closed"
    assert numbers(ben) == (None, None)
    until(lambda: onlooker.list.count() == 0)
    until(lambda: memory.retained == {})
    ben.message_box.close()


def test_exec_returns_once_the_message_was_read(room: Dialogs) -> None:
    """A program that ends with the dialog leaves time to read why."""
    ann, ben = room("ann", **SLOW), room("ben")
    create(ann)
    join(ben)
    until(lambda: shows(ben, 2))
    read: list[str] = []

    def look() -> None:
        if ben.message_box is not None and ben.message_box.isVisible():
            read.append(ben.message_box.text())
            ben.message_box.accept()

    QTimer.singleShot(50, ann.reject)
    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    assert ben.exec() == QDialog.DialogCode.Rejected
    assert read == [CLOSED]


def test_a_refusal_leaves_it_usable(room: Dialogs) -> None:
    """The cause is shown; then one corrects it and goes on."""
    ann = room("ann")
    click(ann.join_radio)
    QTest.keyClicks(ann.id_edit, "nowhere")
    click(ann.connect_button)
    until(lambda: ann.error_label.isVisible())
    assert "nowhere" in ann.error_label.text()
    assert ann.display.stage is Stage.SETUP
    click(ann.create_radio)
    ann.id_edit.clear()
    QTest.keyClicks(ann.id_edit, "not an id")
    click(ann.connect_button)
    until(lambda: "1 to 64 of" in ann.error_label.text())
    ann.id_edit.selectAll()
    QTest.keyClicks(ann.id_edit, "mine")
    click(ann.connect_button)
    until(lambda: ann.display.count == 1)
    assert not ann.error_label.isVisible()
    assert ann.session.id == "mine"


def test_no_broker_then_one_here(dialogs: Dialogs) -> None:
    """Where none answers the cause is named, and one click starts one on this computer."""
    port = free_port("127.0.0.1")
    ann = dialogs(servers=[f"mqtt://127.0.0.1:{port}"])
    assert ann.status_label.text() == "Connection Status: [✗] Connection failed"
    assert str(port) in ann.error_label.text()
    assert ann.connect_button.isEnabled()
    click(ann.connect_button)
    until(lambda: ann.display.status.endswith("Connecting..."))
    until(lambda: ann.offer_button.isVisible())
    click(ann.offer_button)
    until(lambda: ann.display.status.endswith("Connected to broker"), 30.0)
    assert not ann.offer_button.isVisible()
    assert "this computer" in ann.broker_label.text()
    create(ann)
    ben = dialogs(servers=[f"127.0.0.1:{port}"])
    join(ben)
    until(lambda: shows(ann, 2) and shows(ben, 2))
    click(ben.cancel_button)
    local = ann.local_broker
    click(ann.cancel_button)
    until(lambda: not local._line.running)


def test_the_broker_goes_and_comes_back(room: Dialogs, memory: MemoryBroker) -> None:
    """It is said, the number stays one, and all is well again afterwards."""
    ann, ben = room("ann", **SLOW), room("ben")
    create(ann)
    join(ben)
    until(lambda: shows(ann, 2) and shows(ben, 2))
    with Samples([ann, ben]):
        memory.kill()
        until(lambda: ann.display.status.endswith("[✗] Connection lost"))
        assert ann.information_label.text().startswith("The connection is lost")
        memory.restart()
        until(lambda: all(there.display.status.endswith("broker") for there in (ann, ben)))
        until(lambda: shows(ann, 2) and shows(ben, 2))
        pause(0.2)


def test_what_one_hands_on(room: Dialogs) -> None:
    """The id is copied, and shown as a QR code with the broker's address."""
    ann = room("ann")
    assert not ann.copy_button.isEnabled()
    create(ann)
    click(ann.copy_button)
    assert QGuiApplication.clipboard().text() == ann.session.id
    click(ann.qr_button)
    assert ann.qr_dialog.content == f"mqtt://127.0.0.1:1883\n{ann.session.id}"
    ann.qr_dialog.close()


def test_the_settings(room: Dialogs, memory: MemoryBroker) -> None:
    """Other brokers can be written down and chosen; what is no address is refused."""
    ann = room("ann", servers=["mqtt://127.0.0.1:1883", "Lab = mqtt://10.0.0.1 mqtt://10.0.0.2"])
    assert ann.broker_label.text() == "127.0.0.1:1883"
    click(ann.settings_button)
    box = ann.settings_dialog
    assert box.list.item(1).text() == "Lab = mqtt://10.0.0.1 mqtt://10.0.0.2"
    click(box.add_button)
    item = box.list.item(2)
    item.setText("http://nowhere")
    click(box.ok_button)
    assert "mqtt://" in box.error_label.text()
    box.list.setCurrentItem(item)
    click(box.remove_button)
    box.list.setCurrentRow(1)
    click(box.ok_button)
    assert ann.broker_label.text() == "Lab"
    until(lambda: ann.display.status.endswith("Connected to broker"))


def test_a_refresh(room: Dialogs) -> None:
    """The list is asked for anew."""
    ann, ben = room("ann"), room("ben")
    create(ann)
    click(ben.refresh_button)
    until(lambda: ben.list.count() == 1)
    assert ben.list.item(0).toolTip().startswith("<p>Session ID: sea-zones-")


def test_it_can_be_shown_again(room: Dialogs) -> None:
    """After a cancellation it begins anew."""
    ann = room("ann")
    create(ann)
    click(ann.cancel_button)
    assert ann.display.bottom == "Instances: No instances connected yet"
    ann.show()
    until(lambda: ann.display.status.endswith("Connected to broker"))
    ann.id_edit.clear()
    create(ann)


def test_in_french(room: Dialogs) -> None:
    """Every word of it."""
    ann = room("ann", language="fr")
    create(ann)
    assert ann.windowTitle() == "Connexion à un jeu distribué"
    assert ann.cancel_button.text() == "Annuler"
    assert ann.bottom_label.text() == "1/2-4 instance(s) connectée(s) (en attente de 1 de plus...)"


def test_what_cannot_be_used_is_told_at_once(windows: Windows) -> None:
    """A mistake of the program, and not of the people who use it."""
    with pytest.raises(BadInputError):
        ConnectionDialog("Sea", seats=0)
    with pytest.raises(BadInputError):
        ConnectionDialog("Sea", servers=["http://nowhere"])


def test_three_windows_on_a_real_broker(dialogs: Dialogs, nats: Engine) -> None:
    """Over the network: the same numbers, at every sample."""
    ann, ben, chloe = (dialogs(servers=[nats.url], name=name) for name in ("Ann", "Ben", "Chloe"))
    with Samples([ann, ben, chloe]):
        create(ann)
        for dialog in (ben, chloe):
            join(dialog)
        until(lambda: all(shows(dialog, 3) for dialog in (ann, ben, chloe)))
        pause(0.3)
        click(chloe.cancel_button)
        until(lambda: shows(ann, 2) and shows(ben, 2))
        click(ann.start_button)
        until(lambda: ann.result() == ben.result() == QDialog.DialogCode.Accepted)
    assert ann.session.seed == ben.session.seed
    for dialog in (ben, ann):
        dialog.broker.close()
    until(lambda: not ann.broker._line.running)


def test_no_window_stands_still(dialogs: Dialogs, nats: Engine) -> None:
    """Not while one connects, creates, joins, leaves; nor when no broker answers."""

    def scene() -> None:
        lost = dialogs(servers=[f"mqtt://127.0.0.1:{free_port('127.0.0.1')}"])
        assert lost.error_label.isVisible()
        ann, ben = dialogs(servers=[nats.url]), dialogs(servers=[nats.url])
        create(ann)
        join(ben)
        until(lambda: shows(ann, 2) and shows(ben, 2))
        click(ann.qr_button)
        click(ben.cancel_button)
        until(lambda: shows(ann, 1))
        click(ann.cancel_button)
        until(lambda: not bridge._open)

    assert least_gap(scene) < FROZEN


def test_a_window_ends_in_its_own_thread(memory: MemoryBroker, windows: Windows) -> None:
    """Once nobody refers to it, it is gone: in use, cancelled, or refused."""
    for scene in (create, lambda dialog: click(dialog.connect_button), lambda dialog: None):
        dialog = ConnectionDialog("Sea", connector=memory.connector(), id="demo", language="en")
        dialog.show()
        until(lambda dialog=dialog: dialog.display.stage is not Stage.CONNECTING)
        scene(dialog)
        pause(0.05)
        made: list[object] = [dialog]
        dialog.hide()
        del dialog
        assert ends_by_itself(made)
    for broker in list(bridge._open):
        broker.close()
