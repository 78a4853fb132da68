"""`serve`: a broker of our own, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli.instance import COMMAND, Instance, headcount


def test_it_says_where_it_listens_and_serves_there() -> None:
    """`--json` gives one `listening` event; others can meet at that address."""
    with Instance("serve", "--mqtt-port", "0") as server:
        event = server.wait_for("listening")
        assert list(event) == ["event", "at", "mqtt", "http"]
        with urlopen(event["http"] + "/api/health", timeout=10) as answer:
            assert json.load(answer)["status"] == "ok"
        with Instance.create(event["mqtt"], "Sea", "--id", "sea") as host:
            host.wait_for("accepted")
            with Instance.join(event["mqtt"], "sea") as member:
                assert member.wait_for("state")["count"] == 2
        server.interrupt()
        assert server.wait() == 0
        assert server.names == ["listening"]
        assert not server.errors


def test_the_page_of_a_broker_that_runs_already() -> None:
    """`--broker` starts none; its sessions are the rooms, and its password is not told."""
    broker = Instance("serve", "--mqtt-port", "0", "--http-port", "none", "--password", "secret")
    with broker:
        url = broker.wait_for("listening")["mqtt"]
        login = url.replace("://", "://headcount:secret@")
        with Instance.create(login, "Sea", "--id", "sea") as host:
            host.wait_for("accepted")
            with Instance("serve", "--broker", login, "--http-port", "0") as server:
                event = server.wait_for("listening")
                assert event["mqtt"] == url
                assert _sessions(event["http"]) == ["sea"]
                server.interrupt()
                assert server.wait() == 0
        assert headcount("list", "--broker", login).returncode == 0


def test_a_page_without_its_broker_ends_with_3() -> None:
    """As every command does that has no broker."""
    ended = headcount("serve", "--broker", "mqtt://127.0.0.1:1", "--http-port", "0")
    assert ended.returncode == 3
    assert "127.0.0.1:1" in ended.stderr


@pytest.mark.parametrize("more", [("--password", "x"), ("--http-port", "none")])
def test_what_a_broker_elsewhere_makes_meaningless_is_refused(more: tuple[str, str]) -> None:
    """Rather than left out in silence."""
    ended = headcount("serve", "--broker", "mqtt://127.0.0.1:1", *more)
    assert ended.returncode == 2
    assert "--broker" in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_a_termination_ends_it_with_0() -> None:
    """SIGTERM ends it with 0, and its broker with it."""
    with Instance("serve", "--mqtt-port", "0") as server:
        url = server.wait_for("listening")["mqtt"]
        server.terminate()
        assert server.wait() == 0
    assert headcount("list", "--broker", url).returncode == 3


def test_a_port_that_is_taken_ends_with_4() -> None:
    """A port or directory that somebody else has: exit code 4, with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = headcount("serve", "--mqtt-port", port)
    assert ended.returncode == 4
    assert "--mqtt-port" in ended.stderr


def test_a_directory_that_is_taken_ends_with_4(tmp_path: Path) -> None:
    """A directory that another broker uses ends with 4."""
    with Instance("serve", "--mqtt-port", "0", "--data", str(tmp_path / "data")) as server:
        server.wait_for("listening")
        ended = headcount("serve", "--mqtt-port", "0", "--data", str(tmp_path / "data"))
        assert ended.returncode == 4
        assert "--data" in ended.stderr


def test_a_password_is_asked_for_and_never_shown() -> None:
    """With `--password`, clients need it; it is not in what is printed."""
    with Instance("serve", "--mqtt-port", "0", "--password", "tr/ick y") as server:
        url = server.wait_for("listening")["mqtt"]
        assert "ick" not in server.story.split("\n", 1)[1]
        assert headcount("list", "--broker", url).returncode == 3
        login = url.replace("://", "://headcount:tr%2Fick%20y@")
        assert headcount("list", "--broker", login).returncode == 0


def test_on_the_loopback_it_says_how_to_open_it() -> None:
    """People are told the address, and on the loopback the command that opens it to the LAN."""
    shown = _printed("--mqtt-port", "0")
    assert "mqtt://127.0.0.1:" in shown
    assert "headcount serve --host 0.0.0.0" in shown


def test_the_command_that_opens_it_is_the_one_that_was_given(tmp_path: Path) -> None:
    """With everything else that was asked for, but without its secrets."""
    settings = tmp_path / "headcount.toml"
    settings.write_text("http-port = 0\nping = 5\n")
    given = ("--mqtt-port", "0", "--no-guests", "--config", str(settings))
    shown = _printed("--host", "127.0.0.1", "--password=tricky", *given)
    words = ("headcount", "serve", "--host", "0.0.0.0", "--password", "…", *given)
    assert f"  {' '.join(words)}\n" in shown
    assert "tricky" not in shown


def test_a_file_that_cannot_be_used_ends_with_2(tmp_path: Path) -> None:
    """With the name as it is written there."""
    settings = tmp_path / "headcount.toml"
    settings.write_text("htp-port = 8080\n")
    ended = headcount("serve", "--config", str(settings))
    assert ended.returncode == 2
    assert "htp-port" in ended.stderr
    assert headcount("serve", "--config", str(tmp_path / "none.toml")).returncode == 2


def test_on_the_lan_it_prints_an_address_others_can_use() -> None:
    """With 0.0.0.0 an address of this machine is chosen, never 0.0.0.0."""
    with Instance("serve", "--mqtt-port", "0", "--host", "0.0.0.0") as server:
        url = server.wait_for("listening")["mqtt"]
        assert "0.0.0.0" not in url
        assert headcount("list", "--broker", url).returncode == 0
    assert "headcount join --broker mqtt://" in _printed("--mqtt-port", "0", "--host", "0.0.0.0")


def test_metrics_of_all_sessions_are_served() -> None:
    """`--metrics-port` on a server counts the sessions on its broker."""
    with Instance("serve", "--mqtt-port", "0", "--metrics-port", "0") as server:
        url = server.wait_for("listening")["mqtt"]
        metrics = server.wait_until_said("Metrics: ").split()[-1]
        with (
            Instance("list", "--watch", "--broker", url) as watcher,
            Instance.create(url, "Sea", "--id", "sea") as host,
        ):
            host.wait_for("accepted")
            watcher.wait_for(lambda event: bool(event["sessions"]))
            with urlopen(metrics, timeout=10) as answer:
                assert b"headcount_sessions_listed 1.0" in answer.read()


def test_a_port_for_metrics_that_is_taken_is_noticed_first(tmp_path: Path) -> None:
    """The broker has not been started, and nothing written, when it ends with 4."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        data = tmp_path / "data"
        ended = headcount("serve", "--mqtt-port", "0", "--data", str(data), "--metrics-port", port)
    assert (ended.returncode, ended.stdout) == (4, "")
    assert port in ended.stderr
    assert not data.exists()


def _sessions(page: str) -> list[str]:
    """Return the sessions that a page shows, once it shows any or 10 s have gone by."""
    latest = time.monotonic() + 10
    while True:
        with urlopen(page + "/api/sessions", timeout=10) as answer:
            found = [each["id"] for each in json.load(answer)["sessions"]]
        if found or time.monotonic() > latest:
            return found


def _printed(*options: str) -> str:
    """Return what `serve` prints for people, ended as soon as it says how to end it."""
    process = subprocess.Popen(
        [*COMMAND, "serve", *options], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdout is not None
    with process:
        shown = ""
        for line in process.stdout:
            shown += line
            if "Ctrl-C" in line:
                process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
    assert process.returncode == 0
    return shown


@pytest.mark.parametrize(
    "options", [["--host", ""], ["--data", ""], ["--host", "no-such-host.invalid"]]
)
def test_an_empty_or_wrong_value_opens_nothing(options: list[str]) -> None:
    """It is wrong input, not the whole network or the present directory."""
    ended = headcount("serve", "--mqtt-port", "0", *options)
    assert ended.returncode == 2
    assert "headcount:" in ended.stderr
