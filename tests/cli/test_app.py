"""The application as a whole: help, versions, wrong usage, exit codes."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from headcount._version import __version__
from headcount.cli.app import COMMANDS
from tests.cli.instance import events, headcount

NOWHERE = "mqtt://127.0.0.1:1"


def test_help_shows_every_command() -> None:
    """`headcount --help` names every command of the contract."""
    shown = headcount("--help")
    assert shown.returncode == 0
    for name in COMMANDS:
        assert re.search(rf"│ {name} ", shown.stdout), name


ELSEWISE = {("serve", "--broker"): "HEADCOUNT_SERVE_BROKER"}
"""`HEADCOUNT_BROKER` says where all others find one: `serve` starts one in spite of it."""


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_option_has_its_variable_and_a_line(command: str) -> None:
    """Every option of every command has a line of help and an environment variable."""
    shown = headcount(command, "--help", environment={"COLUMNS": "250"})
    assert shown.returncode == 0
    options = re.findall(r"│ (?:\*\s+)?(--[a-z-]+) .*", shown.stdout)
    assert "--help" in options
    for name in set(options) - {"--help"}:
        variable = "HEADCOUNT_" + name[2:].upper().replace("-", "_")
        variable = ELSEWISE.get((command, name), variable)
        assert f"[env var: {variable}]" in shown.stdout
    assert not re.search(r"│ --[a-z-]+ +(?:<\w+>|[A-Z|-]+) +│", shown.stdout), "a line is empty"


def test_help_needs_nothing_that_is_slow_to_import() -> None:
    """The help imports neither asyncio nor an MQTT client nor structlog."""
    listed = "import sys, headcount.cli.app as a; a.build(tuple(a.COMMANDS)); print(*sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", listed], capture_output=True, encoding="utf-8", check=True
    )
    loaded = set(shown.stdout.split())
    assert not loaded & {"asyncio", "gmqtt", "structlog", "msgspec", "rich", "headcount.core.state"}


def test_the_version_is_told() -> None:
    """`headcount version` and `headcount --version` tell the version."""
    assert headcount("version").stdout.startswith(f"headcount {__version__}")
    assert headcount("--version").stdout.strip() == __version__
    [event] = events(headcount("version", "--json").stdout)
    assert (event["event"], event["headcount"]) == ("version", __version__)


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_signal_while_modules_are_imported_ends_with_0(number: str) -> None:
    """It ends quietly even where Python swallows exceptions, as in the callback of a reference."""
    script = """
import signal, sys, weakref
from headcount import cli

class Finder:
    def find_spec(self, name, *_):
        if name == "headcount.cli.app":
            something = Finder()
            self.gone = weakref.ref(something, lambda _: signal.raise_signal(signal.NUMBER))

sys.argv = ["headcount", "version"]
sys.meta_path.insert(0, Finder())
cli.main()
"""
    ended = subprocess.run(
        [sys.executable, "-c", script.replace("NUMBER", number)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["create"],
        ["create", "Sea", "--id", "no spaces"],
        ["create", "Sea", "--id", "x" * 65],
        ["create", "Sea", "--client-id", "a/b"],
        ["create", ""],
        ["create", "a\nb"],
        ["create", "x" * 65],
        ["create", "Sea", "--name", ""],
        ["create", "Sea", "--seats", "0"],
        ["create", "Sea", "--seats", "4-2"],
        ["create", "Sea", "--seats", "1-251"],
        ["create", "Sea", "--seats", "some"],
        ["create", "Sea", "--seats", "-4"],
        ["create", "Sea", "--roles", "A,,B"],
        ["create", "Sea", "--roles", "A,A"],
        ["create", "Sea", "--seed", "-1"],
        ["create", "Sea", "--seed", str(2**31)],
        ["create", "Sea", "--seed", "one"],
        ["create", "Sea", "--on-host-loss", "panic"],
        ["create", "Sea", "--heartbeat", "0"],
        ["create", "Sea", "--lease", "nan"],
        ["create", "Sea", "--root", "a b"],
        ["create", "Sea", "--broker", "http://example"],
        ["join"],
        ["join", "no spaces"],
        ["join", "sea", "--wait", "-1"],
        ["join", "sea", "--role", ""],
        ["watch"],
        ["watch", "no/slash"],
        ["list", "--root", "#"],
        ["list", "--log-level", "loud"],
        ["clean"],
        ["doctor", "--broker", "localhost"],
        ["serve", "--mqtt-port", "70000"],
        ["serve", "--http-port", "-1"],
        ["serve", "--password", ""],
        *(["create", "Sea", "--metrics-port", "70000"], ["join", "sea", "--metrics-port", "-1"]),
        *(["list", "--metrics-port", "65536"], ["watch", "sea", "--metrics-port", "x"]),
        ["serve", "--metrics-port", "70000"],
        ["simulate", "--seeds", "0"],
        ["simulate", "--instances", "1"],
        ["broker-config", "rabbit"],
        ["broker-config", "nats", "--cluster", "a=1.2.3.4"],
        ["broker-config", "mosquitto", "--cluster", "a=1.2.3.4"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_why(arguments: list[str]) -> None:
    """Wrong usage and bad input end with 2, nothing on standard output, advice on the other."""
    ended = headcount(*arguments, environment={"HEADCOUNT_BROKER": NOWHERE})
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert ended.stderr.strip()
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        *(["create", "Sea"], ["join", "sea"], ["watch", "sea"]),
        *(["list"], ["list", "--watch"], ["clean", "--yes"]),
    ],
    ids=" ".join,
)
def test_no_broker_ends_with_3(arguments: list[str]) -> None:
    """Without a broker a command ends with 3 and says what to do."""
    ended = headcount(*arguments, "--broker", NOWHERE, "--json")
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert "headcount serve" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [["create", "Sea"], ["join", "sea"], ["watch", "sea"], ["list", "--watch"]],
    ids=" ".join,
)
def test_a_port_for_metrics_that_is_taken_is_noticed_first(
    arguments: list[str], tmp_path: Path
) -> None:
    """A port that somebody else has ends with 4: nobody was connected to, nothing written."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        ended = headcount(*arguments, "--broker", NOWHERE, "--metrics-port", port)
    assert (ended.returncode, ended.stdout) == (4, "")
    assert port in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_several_addresses_may_stand_in_the_environment() -> None:
    """`HEADCOUNT_BROKER` may hold several addresses, with spaces or commas between them."""
    addresses = "mqtt://127.0.0.1:1,mqtt://127.0.0.1:2 mqtt://127.0.0.1:3"
    ended = headcount("list", environment={"HEADCOUNT_BROKER": addresses})
    assert ended.returncode == 3
    for port in (1, 2, 3):
        assert f"127.0.0.1:{port}" in ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs a closed pipe as POSIX has it")
def test_a_reader_who_has_gone_is_no_crash() -> None:
    """Output that nobody reads any more ends quietly."""
    read, write = os.pipe()
    os.close(read)
    with subprocess.Popen(
        [sys.executable, "-m", "headcount.cli", "version", "--json"],
        stdout=write,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        os.close(write)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
