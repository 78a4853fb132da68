"""The recipes, run by the brokers they are for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

import pytest

from headcount.broker import recipes
from headcount.broker.config import Access
from headcount.broker.ports import free_port
from headcount.errors import BadInputError
from tests.engines import HOST, Engine, Mosquitto, Nats, wait_until
from tests.raw_mqtt import RawClient, Received, RefusedError

PASSWORD = "pass:word/@1"


def test_mosquitto_keeps_what_is_retained_through_a_restart(mosquitto: Engine) -> None:
    """A broker that is stopped and started again still has the last value."""
    for value in (b"older", b"last"):
        with RawClient(mosquitto.port) as client:
            client.publish("kept", value, retain=True)
    mosquitto.stop()
    mosquitto.start()
    with RawClient(mosquitto.port) as client:
        client.subscribe("kept")
        assert client.receive() == Received("kept", b"last", True)


def test_mosquitto_delivers_every_retained_topic(mosquitto: Engine) -> None:
    """A wildcard subscription gets more retained topics than the default queue holds."""
    topics = {f"many/{number}" for number in range(1500)}
    with RawClient(mosquitto.port, "sender") as client:
        for topic in topics:
            client.publish(topic, b"x", retain=True)
    with RawClient(mosquitto.port, "reader") as client:
        client.subscribe("many/+", qos=1)
        assert {client.receive().topic for _ in topics} == topics


class LockedMosquitto(Mosquitto):
    """Mosquitto that asks for a password."""

    def _configuration(self) -> str:
        open_to_all = super()._configuration()
        return open_to_all.replace(
            recipes.mosquitto(host=HOST, port=self.port, store=self.store),
            recipes.mosquitto(
                host=HOST,
                port=self.port,
                store=self.store,
                password_file=self.directory / "passwords",
            ),
        )

    def _answers(self) -> bool:
        try:
            RawClient(self.port, timeout=1.0).abort()
        except RefusedError:
            return True
        except OSError:
            return False
        raise AssertionError("it lets anybody in")


def test_mosquitto_with_a_password_file(tmp_path: Path) -> None:
    """With a password file, only those in it come in."""
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not installed")
    file = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", file, "ada", PASSWORD], check=True)
    with (
        LockedMosquitto(tmp_path) as engine,
        RawClient(engine.port, user="ada", password=PASSWORD) as client,
    ):
        client.ping()


def test_a_path_may_not_add_a_line() -> None:
    """A path with a line break cannot smuggle a setting into the file."""
    with pytest.raises(BadInputError, match="printable"):
        recipes.mosquitto(store=PurePosixPath("/tmp/x\nallow_anonymous true"))


class ClusterNode(Nats):
    """One server of a cluster; it answers clients only once there is a majority."""

    def __init__(self, directory: Path, port: int, text: str) -> None:
        super().__init__(directory)
        self.port = port
        self._text = text

    def _configuration(self) -> str:
        return self._text

    def launch(self) -> None:
        """Start without waiting for an answer."""
        self._run()

    def _answers(self) -> bool:
        try:
            with RawClient(self.port, "probe", user="headcount", password=PASSWORD, timeout=5.0):
                return True
        except OSError:
            return False


@contextmanager
def cluster(directory: Path) -> Iterator[Sequence[ClusterNode]]:
    """Run a cluster of three nodes on this machine."""
    nodes = [
        recipes.Node(
            name=name,
            host=HOST,
            mqtt_port=free_port(HOST),
            cluster_port=free_port(HOST),
            store=directory / name / "store",
            listen=HOST,
        )
        for name in ("a", "b", "c")
    ]
    with ExitStack() as stack:
        servers = []
        for node, text in zip(
            nodes, recipes.nats_cluster(nodes, Access("route-secret", PASSWORD)), strict=True
        ):
            (directory / node.name).mkdir()
            server = ClusterNode(directory / node.name, node.mqtt_port, text)
            stack.callback(server.stop)
            server.launch()
            servers.append(server)
        for server in servers:
            assert wait_until(server._answers, 30.0), server.log.read_text()
        yield servers


def client(server: Engine, client_id: str) -> RawClient:
    """Connect to a node."""
    return RawClient(server.port, client_id, user="headcount", password=PASSWORD, timeout=5.0)


def retains(server: Engine, topic: str, payload: bytes) -> bool:
    """Tell whether a node has a value; one that is choosing a leader may hang up first."""
    try:
        with client(server, "reader") as reader:
            reader.subscribe(topic)
            return reader.receive() == Received(topic, payload, True)
    except OSError:
        return False


def test_a_cluster_of_three(tmp_path: Path) -> None:
    """What one node retains, another tells, also after the first one was killed."""
    with cluster(tmp_path) as (first, second, third):
        with pytest.raises((RefusedError, ConnectionResetError)):
            RawClient(first.port)
        with client(first, "one") as one, client(second, "two") as two:
            two.subscribe("kept")
            one.publish("kept", b"1", retain=True)
            assert two.receive()[:2] == ("kept", b"1")
        assert wait_until(lambda: retains(second, "kept", b"1"), 60.0)
        first.kill()
        assert wait_until(lambda: retains(third, "kept", b"1"), 60.0)


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a", "b", "c", "d"), ("a", "b", "b")])
def test_a_cluster_has_an_odd_number_of_different_nodes(names: tuple[str, ...]) -> None:
    """Nodes without a clear majority, or with one name twice, are refused."""
    nodes = [recipes.Node(name, f"{name}.example") for name in names]
    with pytest.raises(BadInputError, match="cluster"):
        recipes.nats_cluster(nodes, Access("secret"))
