"""`doctor --page`: what a chat's server does, really done."""

from __future__ import annotations

import json
import socket

import pytest

from tests.cli.instance import Instance, headcount

CHAT = ["page", "health", "rights", "websocket", "origin", "encryption"]


@pytest.mark.parametrize(("options", "wrong"), [((), []), (("--origin", "*"), ["origin"])])
def test_a_server_is_looked_at(options: tuple[str, ...], wrong: list[str]) -> None:
    """Beside its broker; 5 where something is wrong, with what to do."""
    with Instance("serve", "--mqtt-port", "0", *options) as server:
        event = server.wait_for("listening")
        ended = headcount("doctor", "--broker", event["mqtt"], "--page", event["http"], "--json")
        checks = {}
        for line in ended.stdout.splitlines():
            check = json.loads(line)
            checks[check["name"]] = check
        assert list(checks)[-6:] == CHAT
        assert [name for name, check in checks.items() if not check["ok"]] == wrong
        assert all(checks[name]["advice"] for name in wrong)
        assert ended.returncode == (5 if wrong else 0)
        shown = headcount("doctor", "--broker", event["mqtt"], "--page", event["http"])
        assert ("1 check failed" if wrong else "this server are fine") in shown.stdout


def test_a_server_that_is_not_there() -> None:
    """It is told at once, and nothing else is tried."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with Instance("serve", "--mqtt-port", "0", "--http-port", "none") as server:
        url = server.wait_for("listening")["mqtt"]
        ended = headcount("doctor", "--broker", url, "--page", f"http://127.0.0.1:{port}")
        assert ended.returncode == 5
        assert "does not answer" in ended.stdout
        assert "websocket" not in ended.stdout
        wrong = headcount("doctor", "--broker", url, "--page", "127.0.0.1")
        assert wrong.returncode == 2
