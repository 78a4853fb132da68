"""Standard streams that are closed, full, or read by nobody; signals at the very end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.instance import COMMAND

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
NOWHERE = "mqtt://127.0.0.1:1"


def shell(arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `headcount` with redirections."""
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shlex.join(COMMAND)} {arguments}"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
        env={**os.environ, "HEADCOUNT_BROKER": NOWHERE},
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        *(("join <&-", 2), ("clean <&-", 2), ("list <&- >&- 2>&-", 3)),
        *(("list >&-", 3), ("list 2>&-", 3), ("join 2>&-", 2)),
        *(("broker-config nats >&-", 0), ("broker-config rabbit 2>&-", 2), ("version >&-", 0)),
    ],
)
def test_a_closed_stream_is_an_empty_one(arguments: str, code: int) -> None:
    """A standard stream that is closed is no fault."""
    ended = shell(arguments)
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "arguments", ["version", "version --json", "--help", "simulate --seeds 1 --json"]
)
def test_output_that_cannot_be_written_is_told(arguments: str) -> None:
    """A full disk: a message and exit code 1."""
    ended = shell(f"{arguments} > /dev/full")
    assert ended.returncode == 1
    assert "could not be written" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("arguments", ["demo", "--help", "version", "doctor --help"])
def test_a_reader_who_goes_is_no_fault(arguments: str) -> None:
    """Exit code 0, and not a word."""
    ended = shell(f"{arguments} | true")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_interpreter_ends_changes_nothing(number: int) -> None:
    """The exit code is that of the command."""
    script = f"""
import atexit, signal, sys
from headcount import cli
atexit.register(signal.raise_signal, {int(number)})
sys.argv = ["headcount", "list", "--broker", "{NOWHERE}"]
cli.main()
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert ended.returncode == 3
