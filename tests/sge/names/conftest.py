"""SGE's classes as its code uses them: one Qt application, instances on a real broker."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyside6")

import pytest
from qtpy.QtCore import QLocale
from qtpy.QtWidgets import QApplication

from headcount.qt import bridge
from headcount.sge.names.manager import SGDistributedSessionManager
from headcount.sge.names.mqtt import SGMQTTManager
from tests.engines import Engine
from tests.qt.windows import until

PLAYERS = {"Admin": None, "Mayor": None, "Fisher": None}


class Model:
    """A model: any object will do."""

    name = "Sea Zones"

    def __init__(self) -> None:
        self.players = dict(PLAYERS)


Managers = Callable[..., SGDistributedSessionManager]


@pytest.fixture(scope="session")
def app() -> QApplication:
    """Give the application."""
    QLocale.setDefault(QLocale("en_GB"))
    there = QApplication.instance()
    return there if isinstance(there, QApplication) else QApplication(["tests"])


@pytest.fixture
def managers(app: QApplication, nats: Engine) -> Iterator[Managers]:
    """Give a function that makes an instance's session manager, and end all of them."""
    made: list[SGDistributedSessionManager] = []

    def manager(model: Any = None) -> SGDistributedSessionManager:
        model = model or Model()
        mqtt = SGMQTTManager(model)
        mqtt.broker_host, mqtt.broker_port = "127.0.0.1", nats.port
        made.append(SGDistributedSessionManager(model, mqtt))
        return made[-1]

    yield manager
    for each in made:
        each.mqtt_manager.disconnect()
        each.disconnect()
    until(lambda: not bridge._open)
