"""The window for the brokers one may choose from."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from headcount.errors import BadInputError
from headcount.qt.servers import Server, server
from headcount.qt.texts import Language, text
from headcount.qt.widgets import label, mark_error

NEW = "mqtt://192.168.1.20:1883"
_EDITABLE = Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class ServersDialog(QDialog):
    """A list of brokers, one on each line; accepted when every line can be used.

    Afterwards `servers` holds them, and `chosen` the one that is marked.
    """

    def __init__(
        self,
        servers: Sequence[Server],
        chosen: Server,
        language: Language = "en",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.servers = list(servers)
        self.chosen = chosen
        self.setWindowTitle(text(language, "servers_title"))
        self.setMinimumWidth(440)
        self.list = QListWidget()
        self.add_button = QPushButton(text(language, "add"))
        self.remove_button = QPushButton(text(language, "remove"))
        self.error_label: QLabel = label()
        mark_error(self.error_label)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok_button = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.cancel_button = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.ok_button.setText(text(language, "ok"))
        self.cancel_button.setText(text(language, "cancel"))
        self._arrange(language)
        for each in self.servers:
            self._append(each.line)
        self.list.setCurrentRow(self.servers.index(chosen) if chosen in self.servers else 0)
        self.add_button.clicked.connect(self._add)
        self.remove_button.clicked.connect(self._remove)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def accept(self) -> None:
        """Take the lines over, if all can be used; say what is wrong otherwise."""
        try:
            lines = [item.text() for item in self._items()]
            read = [server(line) for line in lines if line.strip()]
            if not read:
                raise BadInputError(f"give a broker address such as {NEW}")
        except BadInputError as error:
            self.error_label.setText(f"✗ {error}")
            return
        current = max(0, min(self.list.currentRow(), len(read) - 1))
        self.servers, self.chosen = read, read[current]
        super().accept()

    def _arrange(self, language: Language) -> None:
        layout = QVBoxLayout(self)
        layout.addWidget(label(text(language, "servers_hint"), wrap=True))
        layout.addWidget(self.list)
        row = QHBoxLayout()
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch()
        layout.addLayout(row)
        layout.addWidget(self.error_label)
        layout.addWidget(self.buttons)

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(number) for number in range(self.list.count())]

    def _append(self, line: str) -> QListWidgetItem:
        item = QListWidgetItem(line)
        item.setFlags(_EDITABLE)
        self.list.addItem(item)
        return item

    def _add(self) -> None:
        item = self._append(NEW)
        self.list.setCurrentItem(item)
        self.list.editItem(item)

    def _remove(self) -> None:
        if self.list.count() > 1:
            self.list.takeItem(self.list.currentRow())
