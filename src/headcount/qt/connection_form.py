"""The widgets of the connection dialog: they show one `Display`, and know nothing else."""

from __future__ import annotations

import html

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from headcount.qt.display import Display, Row
from headcount.qt.texts import Language, text
from headcount.qt.widgets import label, mark_error

ID = Qt.ItemDataRole.UserRole
WIDTH, HEIGHT = 620, 470
_INFORMATION = (
    "QFrame#information { background: palette(base); border: 1px solid palette(mid);"
    " border-radius: 6px; }"
)


class ConnectionForm(QDialog):
    """What can be seen and clicked on; `show_display` alone changes it."""

    def __init__(self, model_name: str, language: Language, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.language = language
        self.display: Display | None = None
        """What is shown just now."""
        self.setWindowTitle(self._say("title"))
        self.setMinimumWidth(WIDTH)
        self.resize(WIDTH, HEIGHT)
        self._make_labels(model_name)
        self._make_inputs()
        self._make_buttons()
        self._arrange()

    def show_display(self, display: Display) -> None:
        """Show all of it, in one go."""
        before, self.display = self.display, display
        if before == display:
            return
        if before is None or before.rows != display.rows:
            self._show_rows(display.rows)
        self._show_choice(display)
        self.bottom_label.setText(display.bottom)
        self.information_label.setText(display.information)
        self.error_label.setText(f"✗ {display.error}" if display.error else "")
        self.error_label.setVisible(bool(display.error))
        self.seed_label.setText(display.seed)
        self.status_label.setText(display.status)
        self.players_label.setText(display.players)
        self.connect_button.setEnabled(display.can_connect)
        self.start_button.setVisible(display.shows_start)
        self.start_button.setEnabled(display.can_start)
        self.copy_button.setEnabled(display.can_share)
        self.qr_button.setEnabled(display.can_share)
        self.offer_label.setVisible(display.offers_broker)
        self.offer_button.setVisible(display.offers_broker)
        self._make_room()

    # --- parts -------------------------------------------------------------------------------

    def _say(self, key: str) -> str:
        return text(self.language, key)

    def _make_labels(self, model_name: str) -> None:
        self.model_label = label(model_name, bold=True)
        font = self.model_label.font()
        font.setPointSize(font.pointSize() + 4)
        self.model_label.setFont(font)
        self.players_label = label()
        self.broker_label = label()
        self.status_label = label()
        self.seed_label = label()
        self.information_label = label(wrap=True)
        self.error_label = label()
        mark_error(self.error_label)
        self.offer_label = label(self._say("offer_hint"), wrap=True)
        self.bottom_label = label(bold=True)

    def _make_inputs(self) -> None:
        self.create_radio = QRadioButton(self._say("create"))
        self.join_radio = QRadioButton(self._say("join"))
        self.create_radio.setChecked(True)
        self._radios = QButtonGroup(self)
        self._radios.addButton(self.create_radio)
        self._radios.addButton(self.join_radio)
        self.list = QListWidget()
        self.list.setMinimumHeight(110)
        self.list.setSpacing(2)
        self.list.setAlternatingRowColors(True)
        self.id_edit = QLineEdit()
        self.id_edit.setMaxLength(64)

    def _make_buttons(self) -> None:
        self.refresh_button = self._button("refresh")
        self.copy_button = self._button("copy")
        self.qr_button = self._button("qr")
        self.settings_button = self._button("settings")
        self.offer_button = self._button("offer")
        self.start_button = self._button("start")
        self.connect_button = self._button("connect")
        self.cancel_button = self._button("cancel")
        self.connect_button.setDefault(True)

    def _button(self, key: str) -> QPushButton:
        button = QPushButton(self._say(key))
        button.setAutoDefault(False)
        return button

    def _arrange(self) -> None:
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        layout.addLayout(_row(self.model_label, None, self.players_label))
        layout.addLayout(_row(self.create_radio, self.join_radio, None))
        layout.addLayout(_row(label(self._say("sessions"), bold=True), None, self.refresh_button))
        layout.addWidget(self.list, 1)
        layout.addLayout(self._fields())
        layout.addWidget(self._information())
        layout.addWidget(self.error_label)
        layout.addLayout(_row(self.offer_label, self.offer_button, wide=self.offer_label))
        layout.addWidget(self.bottom_label)
        layout.addLayout(_row(self.start_button, None, self.connect_button, self.cancel_button))

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.addWidget(label(self._say("id")), 0, 0)
        grid.addWidget(self.id_edit, 0, 1)
        grid.addWidget(self.copy_button, 0, 2)
        grid.addWidget(self.qr_button, 0, 3)
        grid.addWidget(label(self._say("broker")), 1, 0)
        grid.addWidget(self.broker_label, 1, 1)
        grid.addWidget(self.settings_button, 1, 2, 1, 2)
        grid.setColumnStretch(1, 1)
        return grid

    def _information(self) -> QFrame:
        frame = QFrame()
        frame.setObjectName("information")
        frame.setStyleSheet(_INFORMATION)
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(12, 10, 12, 10)
        inner.addWidget(self.information_label)
        inner.addLayout(_row(self.status_label, None, self.seed_label))
        return frame

    def _make_room(self) -> None:
        """Grow when what is shown needs it: texts of several lines do not see to it themselves."""
        self._layout.activate()
        wanted = self._layout.totalHeightForWidth(self.width())
        if self.height() < wanted:
            self.resize(self.width(), wanted)

    # --- showing -----------------------------------------------------------------------------

    def _show_rows(self, rows: tuple[Row, ...]) -> None:
        """Write the list anew, without a sign to those who listen to what people choose."""
        self.list.blockSignals(True)
        while self.list.count() > len(rows):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(rows):
            self.list.addItem(QListWidgetItem())
        for number, row in enumerate(rows):
            item = self.list.item(number)
            item.setText(row.text)
            item.setData(ID, row.session_id)
            # As rich text with nothing in it that others wrote as such.
            item.setToolTip(f"<p>{html.escape(row.tooltip)}</p>".replace("\n", "<br>"))
            font = item.font()
            font.setBold(row.is_own)
            item.setFont(font)
        self.list.blockSignals(False)

    def _show_choice(self, display: Display) -> None:
        for choice in (self.create_radio, self.join_radio, self.settings_button):
            choice.setEnabled(display.can_choose)
        mode = QListWidget.SelectionMode
        self.list.setSelectionMode(mode.SingleSelection if display.can_choose else mode.NoSelection)
        self.id_edit.setReadOnly(not display.can_choose)
        if self.id_edit.text() != display.session_id:
            self.id_edit.setText(display.session_id)
        hint = "id_drawn" if self.create_radio.isChecked() else "id_wanted"
        self.id_edit.setPlaceholderText(self._say(hint))
        listed = [row.session_id for row in display.rows]
        chosen = listed.index(display.session_id) if display.session_id in listed else -1
        self.list.blockSignals(True)
        self.list.setCurrentRow(chosen)
        self.list.blockSignals(False)


def _row(*parts: QWidget | None, wide: QWidget | None = None) -> QHBoxLayout:
    """Return widgets side by side; None stands for room between them."""
    row = QHBoxLayout()
    for part in parts:
        if part is None:
            row.addStretch(1)
        else:
            row.addWidget(part, 1 if part is wide else 0)
    return row
