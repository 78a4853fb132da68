"""`doctor`: real checks on real brokers."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from headcount.cli import checks
from headcount.links.memory import MemoryBroker
from tests.cli.instance import events, headcount
from tests.cli.test_clean import leave_a_dead_session, retained
from tests.engines import Engine, Mosquitto

CHECKS = [
    *("reachable", "login", "publish", "subscribe", "retained", "will", "round trip"),
    *("MQTT version", "limits", "stale topics"),
]


def test_a_good_broker_passes_every_check(engine: Engine) -> None:
    """All checks of the contract, in its order, pass on a good broker, and leave nothing."""
    ended = headcount("doctor", "--broker", engine.url, "--json", timeout=40)
    checks = events(ended.stdout)
    assert ended.returncode == 0, ended.stdout
    assert [check["name"] for check in checks] == CHECKS
    for check in checks:
        assert list(check) == ["event", "at", "name", "ok", "detail", "advice"]
        assert check["ok"] is True
    version = next(check for check in checks if check["name"] == "MQTT version")
    assert version["detail"].startswith("5" if engine.name == "mosquitto" else "3.1.1")
    assert retained(engine) == set()


def test_leftovers_fail_a_check(nats: Engine) -> None:
    """Topics of a dead session fail their check, with what to do, and exit code 5."""
    leave_a_dead_session(nats)
    ended = headcount("doctor", "--broker", nats.url, "--json", timeout=40)
    last = events(ended.stdout)[-1]
    assert ended.returncode == 5
    assert (last["name"], last["ok"]) == ("stale topics", False)
    assert "dead" in last["detail"]
    assert "headcount clean" in last["advice"]


class _Sluggish(MemoryBroker):
    """A broker on which what is retained cannot be read the first times."""

    unreadable = 3

    def _under(self, pattern: str) -> list[str]:
        found = super()._under(pattern)
        if found and self.unreadable:
            self.unreadable -= 1
            return []
        return found


async def _retained_check(broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch) -> checks.Check:
    """Return the result of one check on a broker in memory."""
    monkeypatch.setattr(checks, "MqttConnector", lambda _: broker.connector())
    monkeypatch.setattr(checks, "AGAIN", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as server:
        doctor = checks.Doctor([f"mqtt://127.0.0.1:{server.getsockname()[1]}"], "")
        async for check in doctor.checks():
            if check.name == "retained":
                return check
    raise AssertionError("it was not checked")


async def test_a_cluster_that_has_just_started_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A retained message may take a few seconds until it can be read."""
    check = await _retained_check(_Sluggish(), monkeypatch)
    assert check.ok, check.detail


async def test_a_cluster_that_lets_nobody_in_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The login is tried again for a few seconds."""
    broker = MemoryBroker()
    broker.refuse = True
    asyncio.get_running_loop().call_later(0.1, setattr, broker, "refuse", False)
    check = await _retained_check(broker, monkeypatch)
    assert check.ok, check.detail


async def test_a_broker_that_retains_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never comes fails the check, when the time is over."""
    broker = _Sluggish()
    broker.unreadable = 10**9
    monkeypatch.setattr(checks, "PATIENCE", 0.1)
    check = await _retained_check(broker, monkeypatch)
    assert not check.ok
    assert "is not kept" in check.detail


def test_nobody_there_fails_the_first_check() -> None:
    """Without a broker, `reachable` fails: exit code 5."""
    ended = headcount("doctor", "--broker", "mqtt://127.0.0.1:1", "--json")
    [check] = events(ended.stdout)
    assert ended.returncode == 5
    assert (check["name"], check["ok"]) == ("reachable", False)
    assert check["advice"]


def test_what_is_no_broker_fails_the_login() -> None:
    """Something that accepts connections but is no broker fails at the login."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ending = threading.Event()
        thread = threading.Thread(target=_answer, args=(server, ending))
        thread.start()
        try:
            url = f"mqtt://127.0.0.1:{server.getsockname()[1]}"
            ended = headcount("doctor", "--broker", url, "--json", timeout=40)
        finally:
            ending.set()
            thread.join()
    assert ended.returncode == 5
    assert [(check["name"], check["ok"]) for check in events(ended.stdout)] == [
        ("reachable", True),
        ("login", False),
    ]


def _answer(server: socket.socket, ending: threading.Event) -> None:
    server.settimeout(0.1)
    while not ending.is_set():
        try:
            connection, _ = server.accept()
        except TimeoutError:
            continue
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_one_failure_is_told_in_the_singular() -> None:
    """One check that failed is not "1 checks"."""
    ended = headcount("doctor", "--broker", "mqtt://127.0.0.1:1")
    assert "1 check failed." in ended.stdout


def test_people_read_marks_and_advice(nats: Engine) -> None:
    """Without `--json` each check is a line, and the result is told in words."""
    ended = headcount("doctor", "--broker", nats.url, timeout=40)
    assert ended.returncode == 0
    for name in CHECKS:
        assert f"✓ {name}" in ended.stdout
    assert "This broker is fine." in ended.stdout
    assert "\x1b" not in ended.stdout


class _Guarded(Mosquitto):
    """A Mosquitto on which nobody may publish below `session_`."""

    def _configuration(self) -> str:
        rules = Path(self.directory, "acl")
        rules.write_text("topic read #\ntopic readwrite other/#\n")
        return super()._configuration() + f"acl_file {rules}\n"


@pytest.mark.usefixtures("mosquitto")  # which skips where there is none
def test_missing_rights_fail_their_checks(tmp_path: Path) -> None:
    """A broker that drops what is published fails the checks of it, with advice."""
    directory = tmp_path / "guarded"
    directory.mkdir()
    with _Guarded(directory) as guarded:
        ended = headcount("doctor", "--broker", guarded.url, "--json", timeout=40)
    failed = [check["name"] for check in events(ended.stdout) if not check["ok"]]
    assert ended.returncode == 5
    assert set(failed) == set(CHECKS) - {"reachable", "login", "MQTT version"}
