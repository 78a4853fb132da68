"""Passwords on a terminal: asked for twice, and never shown."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.instance import COMMAND

if sys.platform != "win32":
    import termios

    from tests.cli.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
SECRET = "correct horse"


def asking(tmp_path: Path) -> Terminal:
    """Start a command that asks for a password."""
    return Terminal("user", "add", "Ana", "--data", str(tmp_path / "data"))


def test_a_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    """What is typed does not appear."""
    with asking(tmp_path) as terminal:
        terminal.wait_for("Password for Ana: ")
        terminal.enter(f"{SECRET}\n")
        terminal.wait_for("Again: ")
        terminal.enter(f"{SECRET}\n")
        assert terminal.wait() == 0
    assert "Ana may log in." in terminal.shown
    assert SECRET not in terminal.shown


def test_two_that_differ_change_nothing(tmp_path: Path) -> None:
    """A slip of the finger is noticed."""
    with asking(tmp_path) as terminal:
        terminal.wait_for("Password for Ana: ")
        terminal.enter(f"{SECRET}\n")
        terminal.wait_for("Again: ")
        terminal.enter("correct hose\n")
        assert terminal.wait() == 2
    assert "differ" in terminal.shown
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_terminal_shows_again_what_is_typed_after_a_signal(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Who changes their mind does not have to type `reset`."""
    with asking(tmp_path) as terminal:
        terminal.wait_for("Password for Ana: ")
        terminal.process.send_signal(number)
        assert terminal.wait() == 0
        assert termios.tcgetattr(terminal._ours)[3] & termios.ECHO
    assert not (tmp_path / "data").exists()


def test_a_password_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are nobody's password."""
    arguments = ["user", "add", "Ana", "--data", str(tmp_path / "data")]
    ended = subprocess.run([*COMMAND, *arguments], input=b"\xff\xfe12345\n", check=False)
    assert ended.returncode == 2
