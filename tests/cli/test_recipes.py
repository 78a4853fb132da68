"""`broker-config`: files that brokers accept."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from headcount.broker.binary import find_nats_server
from tests.cli.instance import headcount


def checked_by_nats(text: str, directory: Path) -> None:
    """Let `nats-server` itself read a configuration."""
    file = directory / "nats.conf"
    file.write_text(text)
    subprocess.run(
        [str(find_nats_server()), "-c", str(file), "-t"], check=True, capture_output=True
    )


def test_mosquitto_gets_the_measured_settings() -> None:
    """The file for Mosquitto has the port and the settings without which it loses messages."""
    shown = headcount("broker-config", "mosquitto", "--mqtt-port", "1999", "--data", "/srv/m")
    assert shown.returncode == 0
    for line in (
        "listener 1999 0.0.0.0",
        "max_queued_messages 100000",
        "persistence_location /srv/m/",
    ):
        assert line in shown.stdout.splitlines()


def test_one_nats_server_gets_a_file_it_accepts(tmp_path: Path) -> None:
    """The file for one nats-server is accepted by it."""
    shown = headcount("broker-config", "nats", "--data", str(tmp_path), "--password", "secret")
    assert shown.returncode == 0
    checked_by_nats(shown.stdout, tmp_path)
    assert '"secret"' in shown.stdout


def test_a_cluster_gets_a_file_for_each_node(tmp_path: Path) -> None:
    """For a cluster there is a file for each node, with one secret; one node can be asked for."""
    nodes = ["--cluster", "a=10.0.0.1", "--cluster", "b=10.0.0.2:1884", "--cluster", "c=h:1:2"]
    whole = headcount("broker-config", "nats", *nodes, "--secret", "of-ours").stdout
    assert re.findall(r"node (\w) of the cluster", whole) == ["a", "b", "c"]
    assert "nats://route:of-ours@10.0.0.1:6222" in whole
    assert "nats://route:of-ours@h:2" in whole
    one = headcount("broker-config", "nats", *nodes, "--secret", "of-ours", "--node", "b").stdout
    assert one in whole
    assert "port: 1884" in one
    checked_by_nats(one, tmp_path)


def test_bad_nodes_are_refused() -> None:
    """A node that is not written as one, or is not there, ends with 2."""
    for node in ("a", "a=", "=h", "a=h:x", "a=h:1:2:3", "a=h:0", "a=h:²", "a=h:١"):
        assert headcount("broker-config", "nats", "--cluster", node).returncode == 2, node
    nodes = ["--cluster", "a=1.1.1.1", "--cluster", "b=1.1.1.2", "--cluster", "c=1.1.1.3"]
    assert headcount("broker-config", "nats", *nodes, "--node", "d").returncode == 2
