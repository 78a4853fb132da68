"""What is asked of people on a terminal."""

from __future__ import annotations

import sys

import pytest

from tests.cli.instance import Instance
from tests.cli.test_clean import leave_a_dead_session, retained
from tests.engines import Engine

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

from tests.cli.terminal import Terminal


def test_a_session_is_chosen_by_its_number(nats: Engine) -> None:
    """`join` without an id offers the list, and joins what was chosen."""
    with Instance.create(nats.url, "Sea Zones", "--id", "sea") as host:
        host.wait_for("accepted")
        with Terminal("join", "--broker", nats.url, "--name", "Ben") as terminal:
            terminal.wait_for("Number or id")
            assert "Sea Zones" in terminal.shown
            terminal.enter("7\n")
            terminal.enter("1\n")
            terminal.wait_for("You are in.")
            host.wait_count(2)
            terminal.enter("ready\n")
            host.wait_until(lambda: any(m["ready"] for m in host.state["members"].values()))
            terminal.interrupt()
            assert terminal.wait() == 0
            assert "You have left." in terminal.shown


def test_ctrl_c_at_the_question_ends_with_0(nats: Engine) -> None:
    """Ctrl-C instead of an answer ends the command."""
    with Instance.create(nats.url, "Sea", "--id", "sea") as host:
        host.wait_for("accepted")
        with Terminal("join", "--broker", nats.url) as terminal:
            terminal.wait_for("Number or id")
            terminal.interrupt()
            assert terminal.wait() == 0


def test_without_sessions_there_is_nothing_to_choose(nats: Engine) -> None:
    """An empty list is told, with what to do."""
    with Terminal("join", "--broker", nats.url) as terminal:
        terminal.wait_for("headcount create")
        assert terminal.wait() == 1


@pytest.mark.parametrize(("answer", "left"), [("n", 2), ("", 2), ("y", 0)])
def test_clean_asks_before_it_clears(nats: Engine, answer: str, left: int) -> None:
    """On a terminal `clean` asks; only a yes clears."""
    leave_a_dead_session(nats)
    with Terminal("clean", "--broker", nats.url) as terminal:
        terminal.wait_for("[y/N]")
        terminal.enter(f"{answer}\n")
        assert terminal.wait() == 0
    assert len(retained(nats)) == left


def test_a_live_table_of_sessions_is_shown(nats: Engine) -> None:
    """`list --watch` keeps a table on the terminal up to date, until Ctrl-C."""
    with Terminal("list", "--watch", "--broker", nats.url) as terminal:
        terminal.wait_for("No sessions yet.")
        with Instance.create(nats.url, "Sea Zones", "--id", "sea", "--seats", "2-4") as host:
            host.wait_for("accepted")
            terminal.wait_for("1/2-4")
        terminal.interrupt()
        assert terminal.wait() == 0


def test_a_server_on_the_lan_shows_a_code() -> None:
    """On a terminal, `serve` for the LAN shows a QR code."""
    with Terminal("serve", "--host", "0.0.0.0", "--mqtt-port", "0") as terminal:
        terminal.wait_for("Ctrl-C ends it.")
        assert "▀" in terminal.shown or "▄" in terminal.shown
        terminal.interrupt()
        assert terminal.wait() == 0
