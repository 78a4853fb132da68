"""The window in which people create a session or join one, and wait for the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Unpack

from qtpy.QtCore import QObject
from qtpy.QtGui import QGuiApplication, QShowEvent
from qtpy.QtWidgets import QDialog, QMessageBox, QWidget

from headcount import arguments, connection
from headcount.core.lifecycle import Phase
from headcount.core.state import SessionState
from headcount.links.link import Connector
from headcount.options import CreateOptions
from headcount.qt import servers as known
from headcount.qt.bridge import Connect, QtBroker
from headcount.qt.connection_form import ID, ConnectionForm
from headcount.qt.display import Facts, Link, closed_text, display
from headcount.qt.local_broker import LocalBroker
from headcount.qt.qr import QrDialog
from headcount.qt.refusals import refusal
from headcount.qt.servers import Server
from headcount.qt.servers_dialog import ServersDialog
from headcount.qt.session import QtSession
from headcount.qt.texts import Language, text
from headcount.qt.widgets import closing_box, default_language

ENTERING = {"create", "join"}
COMING_BACK = 3.0
"""How long one waits to join what is listed: its host may just be coming back, in seconds."""
NOT_IN: dict[str, Any] = {
    "own": None,
    "entering": False,
    "closed_reason": None,
    "countdown": None,
}
"""What is known of one's own session where there is none."""


class ConnectionDialog(ConnectionForm):
    """Accepted when the session starts; `session` and `broker` are what to go on with then.

    Cancelling leaves the session, and ends it if one has created it; so does the window's end.

    Args:
        model_name: what a new session is a session of.
        servers: the brokers to choose from, the first one used at first: `Server`s or
            addresses. By default `$HEADCOUNT_BROKER`, then this computer.
        client_id, root, connector: as for `headcount.connect`.
        connect: makes the connection; `headcount.sge.connect` meets existing instances of SGE
            as well.
        language: `en` or `fr`; by default that of the application's locale.
        parent: the window it belongs to.
        options: those of `headcount.Broker.create`; `name` counts for joining as well. Unless
            told otherwise, a session with all its seats taken starts by itself.

    Raises:
        BadInputError: an argument cannot be used.
    """

    def __init__(
        self,
        model_name: str,
        *,
        servers: Iterable[Server | str] | None = None,
        client_id: str | None = None,
        root: str = "",
        connector: Connector | None = None,
        connect: Connect = connection.connect,
        language: Language | None = None,
        parent: QWidget | None = None,
        **options: Unpack[CreateOptions],
    ) -> None:
        super().__init__(model_name, language or default_language(), parent)
        self.session: QtSession | None = None
        """The session one is in, or is entering."""
        self.broker: QtBroker | None = None
        """The connection."""
        self.local_broker: LocalBroker | None = None
        """The broker that was started here, if one was; it runs until the program ends."""
        self.message_box: QMessageBox | None = None
        """The message that the session is over, once it is."""
        self._model_name = arguments.name(model_name, "model name")
        self._options: CreateOptions = {"auto_start": True, **options}
        self._connection: dict[str, Any] = {
            "client_id": client_id,
            "root": root,
            "connector": connector,
            "connect": connect,
        }
        self._use(known.servers(servers))
        self._wants_in = False
        self._heard: list[tuple[QObject, str, str]] = []
        self._facts = Facts(
            language=self.language,
            wanted_id=options.get("id") or "",
            seats=arguments.seats(options.get("seats", (1, None))),
        )
        self._listen()
        self._learn()

    # --- opening and ending ------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - the name is Qt's
        """Look for the broker as soon as one can be seen."""
        super().showEvent(event)
        if self._facts.link is Link.OFF:
            self._open_broker()

    def exec(self) -> int:
        """Show the window and wait for its end; what people are to know is read first."""
        result = super().exec()
        if self.message_box is not None and self.message_box.isVisible():
            self.message_box.exec()
        return int(result)

    def accept(self) -> None:
        """Hand the session and the connection over: from here on the window hears nothing."""
        self._turn_away()
        if self.broker is not None:
            self.broker.unfollow_sessions()
        super().accept()

    def reject(self) -> None:
        """Leave cleanly, without waiting for it, and close the window."""
        self._drop_broker(self.local_broker)
        self._wants_in = False
        self._learn(
            link=Link.OFF, entering=False, closed_reason=self._facts.closed_reason or "left"
        )
        super().reject()

    def _drop_broker(self, local: LocalBroker | None = None) -> None:
        """Leave, and disconnect; then stop the broker here, if it is told."""
        self._turn_away()
        broker, self.broker, self.session = self.broker, None, None
        if broker is not None:
            if local is not None:
                broker.closed.connect(local.stop)
            broker.close()
        elif local is not None:
            local.stop()

    def _turn_away(self) -> None:
        """Hear no more of the connection and the session."""
        for source, signal, slot in self._heard:
            getattr(source, signal).disconnect(getattr(self, slot))
        self._heard.clear()

    def _hear(self, source: QtBroker | QtSession, **slots: str) -> None:
        """Connect slots, by name, to signals; the source is kept for as long.

        A method kept here would refer to the window in a circle, and the collector of such
        might end the window in a thread that is not Qt's.
        """
        for signal, slot in slots.items():
            getattr(source, signal).connect(getattr(self, slot))
            self._heard.append((source, signal, slot))

    # --- what is known -----------------------------------------------------------------------

    def _learn(self, **changes: Any) -> None:
        """Take note of something, and show all of it anew."""
        self._facts = replace(self._facts, **changes)
        self.show_display(display(self._facts))

    def _listen(self) -> None:
        self.create_radio.toggled.connect(self._creating_chosen)
        self.list.currentItemChanged.connect(self._row_chosen)
        self.id_edit.textEdited.connect(self._id_typed)
        self.refresh_button.clicked.connect(self._refresh)
        self.copy_button.clicked.connect(self._copy)
        self.qr_button.clicked.connect(self._show_qr)
        self.settings_button.clicked.connect(self._show_settings)
        self.offer_button.clicked.connect(self._start_local)
        self.start_button.clicked.connect(self._start)
        self.connect_button.clicked.connect(self._connect)
        self.cancel_button.clicked.connect(self.reject)

    # --- the broker --------------------------------------------------------------------------

    def _use(self, choice: list[Server], chosen: Server | None = None) -> None:
        self._servers, self._server = choice, chosen or choice[0]
        self.broker_label.setText(self._server.label)

    def _open_broker(self) -> None:
        self._drop_broker()
        broker = self.broker = QtBroker(self._server.urls, **self._connection)
        self._hear(
            broker,
            accepted="_broker_accepted",
            refused="_broker_refused",
            link_changed="_link_changed",
            warned="_broker_warned",
            sessions_changed="_sessions_changed",
        )
        broker.open()
        self._learn(
            link=Link.CONNECTING,
            client_id=broker.client_id,
            sessions=(),
            error="",
            warning="",
            **NOT_IN,
        )

    def _broker_accepted(self, word: str, version: int) -> None:
        if self.broker is None:
            return
        self.broker.follow_sessions()
        self._learn(link=Link.UP)
        if self._wants_in:
            self._enter()

    def _broker_refused(self, word: str, code: str, message: str) -> None:
        self._wants_in = False
        late = code in ("BrokerTimedOutError", "TimeoutError")
        where = " ".join(address.endpoint for address in self._server.addresses)
        told = refusal(self.language, code, message, where=where)
        self._learn(link=Link.TIMED_OUT if late else Link.FAILED, error=told)

    def _broker_warned(self, message: str) -> None:
        self._learn(warning=message)

    def _link_changed(self, up: bool) -> None:
        self._learn(link=Link.UP if up else Link.LOST)

    def _sessions_changed(self, sessions: list[SessionState]) -> None:
        self._learn(sessions=tuple(sessions))

    def _refresh(self) -> None:
        if self.broker is not None and self.broker.is_up:
            self.broker.follow_sessions()
        elif self._facts.link in (Link.FAILED, Link.TIMED_OUT):
            self._open_broker()

    def _show_settings(self) -> None:
        box = ServersDialog(self._servers, self._server, self.language, self)
        box.accepted.connect(self._settings_accepted)
        self.settings_dialog = box
        box.open()

    def _settings_accepted(self) -> None:
        self._use(self.settings_dialog.servers, self.settings_dialog.chosen)
        self._open_broker()

    def _start_local(self) -> None:
        self.offer_button.setEnabled(False)
        local = self.local_broker = LocalBroker(port=self._server.addresses[0].port)
        local.started.connect(self._local_started)
        local.failed.connect(self._local_failed)
        local.start()

    def _local_started(self, url: str) -> None:
        assert self.local_broker is not None
        self.offer_button.setEnabled(True)
        address = self.local_broker.public_url.removeprefix("mqtt://")
        here = Server((url,), text(self.language, "here", address=address))
        self._use([here, *self._servers], here)
        self._open_broker()

    def _local_failed(self, message: str) -> None:
        self.offer_button.setEnabled(True)
        self.local_broker = None
        self._learn(error=message)

    # --- what people choose ------------------------------------------------------------------

    def _creating_chosen(self, creating: bool) -> None:
        self._learn(creating=creating)

    def _row_chosen(self) -> None:
        item = self.list.currentItem()
        if item is not None and display(self._facts).can_choose:
            self.join_radio.setChecked(True)
            self._learn(wanted_id=str(item.data(ID)), creating=False)

    def _id_typed(self, wanted: str) -> None:
        self._learn(wanted_id=wanted.strip())

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.id_edit.text())

    def _show_qr(self) -> None:
        local = self.local_broker
        if local is not None and local.url == self._server.urls[0]:
            where = local.public_url
        else:
            where = " ".join(str(address) for address in self._server.addresses)
        self.qr_dialog = QrDialog(f"{where}\n{self.id_edit.text()}", self.language, self)
        self.qr_dialog.open()

    # --- the session -------------------------------------------------------------------------

    def _connect(self) -> None:
        self._wants_in = True
        if self.broker is not None and self.broker.is_up:
            self._enter()
        elif self._facts.link is not Link.CONNECTING:
            self._open_broker()

    def _enter(self) -> None:
        assert self.broker is not None
        self._wants_in = False
        wanted = self._facts.wanted_id
        if self._facts.creating:
            options: CreateOptions = {**self._options, "id": wanted or None}
            session = self.broker.create(self._model_name, **options)
        else:
            session = self.broker.join(
                wanted,
                name=self._options.get("name"),
                secret=self._options.get("secret"),
                wait=COMING_BACK if self._lists(wanted) else 0.0,
            )
        self.session = session
        self._hear(
            session,
            accepted="_session_accepted",
            refused="_session_refused",
            state_changed="_state_changed",
            countdown="_counted",
            closed="_closed",
        )
        self._learn(**{**NOT_IN, "entering": True, "error": ""})

    def _lists(self, wanted: str) -> bool:
        """Tell whether a session that can be joined is in the list."""
        return any(each.session_id == wanted and each.joinable for each in self._facts.sessions)

    def _session_accepted(self, word: str, version: int) -> None:
        if word in ENTERING:
            self._learn(entering=False)
            self._begin_if_started()

    def _session_refused(self, word: str, code: str, message: str) -> None:
        told = refusal(self.language, code, message, id=self._facts.wanted_id)
        if word in ENTERING:
            self.session = None
            self._learn(**NOT_IN, error=told)
        else:
            self._learn(error=told)

    def _state_changed(self, state: SessionState) -> None:
        self._learn(own=state)
        self._begin_if_started()

    def _counted(self, seconds: int | None) -> None:
        self._learn(countdown=seconds)

    def _start(self) -> None:
        if self.session is not None:
            self._learn(error="")
            self.session.start()

    def _begin_if_started(self) -> None:
        state = self._facts.own
        if state is not None and state.phase is Phase.STARTED and not self._facts.entering:
            self.accept()

    def _closed(self, reason: str) -> None:
        if reason == "left" or self.result() == QDialog.DialogCode.Accepted:
            return
        self._learn(closed_reason=reason)
        words = closed_text(self.language, reason)
        self.message_box = closing_box(self.language, words, self.parentWidget())
        self.reject()
