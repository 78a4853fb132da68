"""Sessions in Qt windows, with PyQt6 or PySide6, whichever there is.

::

    from headcount.qt import QtBroker

    broker = QtBroker("mqtt://127.0.0.1:1883")
    broker.open()

Everything named here is loaded when it is first used; `headcount.qt.display` needs no Qt.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headcount.qt.bridge import QtBroker as QtBroker
    from headcount.qt.session import QtSession as QtSession

_HOMES = {
    "QtBroker": "bridge",
    "QtSession": "session",
}
__all__ = [
    "QtBroker",
    "QtSession",
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
