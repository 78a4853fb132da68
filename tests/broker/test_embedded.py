"""The embedded broker, as a real process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from headcount.broker import ports
from headcount.broker.binary import find_nats_server
from headcount.broker.deaths import MAX_DEATHS
from headcount.broker.embedded import EmbeddedBroker
from headcount.errors import BadInputError, BrokerStartError, PortInUseError
from tests.raw_mqtt import RawClient, Received, RefusedError

DEADLINE = 20.0

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and scripts")


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """Give a running broker on a free port, with a temporary directory."""
    async with EmbeddedBroker(port=0) as running:
        yield running


async def until(condition: Callable[[], bool]) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.005)


def gone(pid: int) -> bool:
    """Tell whether a process has ended (one that nobody has reaped yet has)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        return status.read_text().rpartition(")")[2].split()[0] == "Z"
    return False


async def until_kept(port: int, topic: str, payload: bytes) -> None:
    """Wait until a broker keeps a payload: it acknowledges one a little before it has stored it."""

    def kept() -> bool:
        with RawClient(port, "reader") as client:
            client.subscribe(topic)
            return Received(topic, payload, True) in client.take()

    await until(kept)


def script(path: Path, text: str) -> Path:
    """Write an executable shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


async def test_it_serves_mqtt_as_soon_as_it_has_started(broker: EmbeddedBroker) -> None:
    """Once `start` returns, a client can publish, subscribe and read what is retained."""
    assert broker.url == broker.login_url == f"mqtt://127.0.0.1:{broker.port}"
    with RawClient(broker.port) as client:
        client.publish("a/b", b"kept", retain=True)
        await until_kept(broker.port, "a/b", b"kept")
        client.subscribe("a/+")
        assert client.receive() == Received("a/b", b"kept", True)


async def test_a_state_of_the_largest_size_passes(broker: EmbeddedBroker) -> None:
    """256 kB, the largest session state, can be retained."""
    payload = os.urandom(256 * 1024)
    with RawClient(broker.port) as client:
        client.publish("state", payload, retain=True)
    await until_kept(broker.port, "state", payload)


async def test_a_password_is_asked_for() -> None:
    """With a password, nobody comes in without it, whatever characters it has."""
    password = 'a"b\\c $d é'
    async with EmbeddedBroker(port=0, password=password) as broker:
        assert password not in broker.url
        assert broker.login_url.startswith("mqtt://headcount:a%22b%5Cc%20%24d%20%C3%A9@127.0.0.1:")
        for user, wrong in ((None, None), ("headcount", "x"), ("headcount", None)):
            with pytest.raises((RefusedError, ConnectionResetError)):
                RawClient(broker.port, user=user, password=wrong)
        with RawClient(broker.port, user="headcount", password=password) as client:
            client.ping()


async def test_clients_cannot_steer_the_server(broker: EmbeddedBroker) -> None:
    """A topic that would reach the server's own controls, and delete its store, is denied."""
    with RawClient(broker.port) as client:
        client.publish("kept", b"1", retain=True)
        await until_kept(broker.port, "kept", b"1")
        client.publish("$JS/API/STREAM/DELETE/$MQTT_rmsgs", b"", qos=0)
        client.ping()
    with RawClient(broker.port) as client:
        client.subscribe("kept")
        assert client.receive() == Received("kept", b"1", True)


@pytest.mark.parametrize("password", ["", "a\nb", "$2a$10$abc"])
def test_a_password_that_cannot_be_used_is_refused(password: str) -> None:
    """A password the server would misread is refused before anything starts."""
    with pytest.raises(BadInputError, match="password"):
        EmbeddedBroker(port=0, password=password)


@pytest.mark.parametrize("port", [-1, 65536])
async def test_a_port_that_is_none_is_refused(port: int) -> None:
    """A number that is not a port is refused with what would be one."""
    with pytest.raises(BadInputError, match="1 to 65535"):
        await EmbeddedBroker(port=port).start()


async def test_a_given_directory_keeps_what_is_retained(tmp_path: Path) -> None:
    """What was retained is there after a stop and a start in the same directory."""
    data = tmp_path / "new" / "data"
    async with EmbeddedBroker(port=0, data=data) as first:
        with RawClient(first.port) as client:
            client.publish("kept", b"1", retain=True)
        await until_kept(first.port, "kept", b"1")
    async with EmbeddedBroker(port=0, data=data) as second:
        with RawClient(second.port) as client:
            client.subscribe("kept")
            assert client.receive() == Received("kept", b"1", True)


async def test_a_temporary_directory_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left of a broker that was given no directory."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with EmbeddedBroker(port=0):
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


@posix_only
async def test_a_file_with_passwords_is_private(tmp_path: Path) -> None:
    """Other users cannot read the configuration."""
    async with EmbeddedBroker(port=0, data=tmp_path, password="secret"):
        assert (tmp_path / "nats-server.conf").stat().st_mode & 0o077 == 0


async def test_stopping_ends_the_server() -> None:
    """After `stop`, done twice, the server is gone and `wait` returns."""
    broker = EmbeddedBroker(port=0)
    await broker.start()
    pid = broker.pid
    assert pid is not None
    waiting = asyncio.create_task(broker.wait())
    await broker.stop()
    await broker.stop()
    await waiting
    assert gone(pid)
    assert broker.pid is None
    with pytest.raises(ConnectionRefusedError):
        RawClient(broker.port)


async def test_a_broker_lives_once(broker: EmbeddedBroker) -> None:
    """Starting again what was started is refused and changes nothing."""
    with pytest.raises(BrokerStartError, match="started before"):
        await broker.start()
    with RawClient(broker.port) as client:
        client.ping()


async def test_a_port_in_use_is_named() -> None:
    """A port that is taken is named, with what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=rf"port {port} .*--mqtt-port 0"):
            await EmbeddedBroker(port=port).start()


async def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A directory that cannot be made is named, with what to do about it."""
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(BrokerStartError, match=r"file.*--data DIR"):
        await EmbeddedBroker(port=0, data=file / "data").start()


async def test_a_directory_belongs_to_one_broker(tmp_path: Path) -> None:
    """A second broker on one directory is refused; the first goes on."""
    async with EmbeddedBroker(port=0, data=tmp_path) as first:
        with pytest.raises(BrokerStartError, match="another broker keeps"):
            await EmbeddedBroker(port=0, data=tmp_path).start()
        with RawClient(first.port) as client:
            client.ping()


@posix_only
async def test_a_program_that_ends_at_once_is_quoted(tmp_path: Path) -> None:
    """What a program said before it ended is in the error."""
    program = script(tmp_path / "nats-server", "echo no room on the disk >&2; exit 1")
    with pytest.raises(BrokerStartError, match=r"(?s)ended at once.*no room on the disk"):
        await EmbeddedBroker(port=0, binary=program).start()


@posix_only
async def test_a_program_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    """A file that is not executable is named."""
    program = tmp_path / "nats-server"
    program.write_text("no program")
    with pytest.raises(BrokerStartError, match=r"cannot be run: .*nats-server"):
        await EmbeddedBroker(port=0, binary=program).start()


@posix_only
async def test_a_killed_server_comes_back(broker: EmbeddedBroker) -> None:
    """A server that dies is restarted on the same port, with what was retained."""
    with RawClient(broker.port) as client:
        client.publish("kept", b"1", retain=True)
    await until_kept(broker.port, "kept", b"1")
    pid = broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: broker.restarts == 1)
    assert broker.pid not in (None, pid)
    with RawClient(broker.port) as client:
        client.subscribe("kept")
        assert client.receive() == Received("kept", b"1", True)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the guardian in /proc")
async def test_a_killed_guardian_leaves_no_server(broker: EmbeddedBroker) -> None:
    """When the guardian is killed its server goes too, and both come back."""
    pid = broker.pid
    assert pid is not None
    guardian = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(guardian, signal.SIGKILL)
    await until(lambda: broker.restarts == 1)
    assert gone(pid)
    with RawClient(broker.port) as client:
        client.ping()


@posix_only
async def test_a_server_that_keeps_dying_is_given_up(tmp_path: Path) -> None:
    """After too many deaths in a short time `wait` says so, and nothing runs any more."""
    failing = tmp_path / "fail"
    program = script(
        tmp_path / "nats-server",
        f"test -e {failing} && {{ echo the disk is full >&2; exit 1; }}\n"
        f'exec {find_nats_server()} "$@"',
    )
    async with EmbeddedBroker(port=0, binary=program) as broker:
        failing.touch()
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)
        async with asyncio.timeout(DEADLINE):
            with pytest.raises(
                BrokerStartError, match=rf"(?s)died {MAX_DEATHS} .*the disk is full"
            ):
                await broker.wait()
        assert broker.pid is None


PARENT = """
import asyncio, sys
from headcount.broker.embedded import EmbeddedBroker

async def main():
    async with EmbeddedBroker(port=0) as broker:
        print(broker.pid, broker.port, flush=True)
        await broker.wait()

asyncio.run(main())
"""


@posix_only
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_no_server_outlives_its_parent(
    how: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the parent ends, its server ends and its temporary directory is removed."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    pid, port = map(int, (await parent.stdout.readline()).split())
    with RawClient(port) as client:
        client.ping()
    parent.send_signal(how)
    await parent.communicate()
    await until(lambda: gone(pid))
    await until(lambda: not list(tmp_path.iterdir()))


async def test_a_port_lost_to_another_program_is_drawn_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With port 0, a free port that is taken before the server has it does no harm."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        drawn = [taken.getsockname()[1], ports.free_port("127.0.0.1")]
        second = drawn[1]
        monkeypatch.setattr(ports, "free_port", lambda host: drawn.pop(0))
        async with EmbeddedBroker(port=0) as broker:
            assert broker.port == second


async def test_the_server_itself_finds_the_port_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that is taken between our look and the server's is named all the same."""
    monkeypatch.setattr(ports, "require_free", lambda host, port: None)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"port {port} "):
            await EmbeddedBroker(port=port).start()


async def test_a_cancelled_start_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that is cancelled at any moment leaves neither server nor directory."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for delay in (0.0, 0.01, 0.02, 0.04):
        broker = EmbeddedBroker(port=0)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await broker.start()
        await broker.stop()
        assert broker.pid is None
    assert list(tmp_path.iterdir()) == []


async def test_open_to_the_network() -> None:
    """On 0.0.0.0 the broker is reached by the machine's loopback, too."""
    async with EmbeddedBroker(host="0.0.0.0", port=0) as broker:
        assert broker.url == f"mqtt://127.0.0.1:{broker.port}"
        with RawClient(broker.port) as client:
            client.ping()


def test_ipv6_in_a_url() -> None:
    """An IPv6 address stands in brackets."""
    assert EmbeddedBroker(host="::", port=1883).url == "mqtt://[::1]:1883"
