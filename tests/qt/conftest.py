"""One Qt application for all tests here, without a screen."""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyside6")

import pytest
from qtpy.QtCore import QLocale
from qtpy.QtWidgets import QApplication

from headcount.links.memory import MemoryBroker
from tests.qt.windows import Windows


@pytest.fixture(scope="session")
def app() -> QApplication:
    """Give the application."""
    QLocale.setDefault(QLocale("en_GB"))
    there = QApplication.instance()
    return there if isinstance(there, QApplication) else QApplication(["tests"])


@pytest.fixture
def memory() -> MemoryBroker:
    """Give a broker in memory."""
    return MemoryBroker()


@pytest.fixture
def windows(app: QApplication) -> Iterator[Windows]:
    """Give what makes clients and dialogs, and ends them after the test."""
    with Windows() as made:
        yield made
