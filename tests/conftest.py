"""Fixtures every test may use: real brokers, each test with its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engines import ENGINES, Engine, EngineMissingError, Mosquitto, Nats

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so, and every child would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give a running broker; the test runs once with each kind."""
    with _running(ENGINES[request.param](_directory(tmp_path))) as running:
        yield running


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Engine]:
    """Give a running Mosquitto."""
    with _running(Mosquitto(_directory(tmp_path))) as running:
        yield running


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Engine]:
    """Give a running `nats-server`."""
    with _running(Nats(_directory(tmp_path))) as running:
        yield running


@contextmanager
def _running(engine: Engine) -> Iterator[Engine]:
    """Run an engine; skip a test whose engine is missing, but never where all must be there."""
    try:
        engine.start()
    except EngineMissingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    try:
        yield engine
    finally:
        engine.stop()


def _directory(tmp_path: Path) -> Path:
    directory = tmp_path / "engine"
    directory.mkdir(exist_ok=True)
    return directory
