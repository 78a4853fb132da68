"""Sessions in Qt windows, with PyQt6 or PySide6, whichever there is.

::

    from headcount.qt import ConnectionDialog

    dialog = ConnectionDialog("Sea Zones", seats=(2, 4))
    if dialog.exec():
        session = dialog.session

Everything named here is loaded when it is first used; `headcount.qt.display` needs no Qt.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headcount.qt.bridge import QtBroker as QtBroker
    from headcount.qt.connection_dialog import ConnectionDialog as ConnectionDialog
    from headcount.qt.local_broker import LocalBroker as LocalBroker
    from headcount.qt.role_dialog import RoleDialog as RoleDialog
    from headcount.qt.servers import Server as Server
    from headcount.qt.session import QtSession as QtSession
    from headcount.qt.status_window import StatusWindow as StatusWindow

_HOMES = {
    "ConnectionDialog": "connection_dialog",
    "LocalBroker": "local_broker",
    "QtBroker": "bridge",
    "QtSession": "session",
    "RoleDialog": "role_dialog",
    "Server": "servers",
    "StatusWindow": "status_window",
}
__all__ = [
    "ConnectionDialog",
    "LocalBroker",
    "QtBroker",
    "QtSession",
    "RoleDialog",
    "Server",
    "StatusWindow",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'headcount.qt' has no attribute {name!r}")
    try:
        value = getattr(import_module(f"headcount.qt.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "qtpy":
            raise
        raise ImportError(
            'Qt windows need qtpy and a binding: pip install "headcount[qt]" PySide6-Essentials'
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
