"""Configuration files for a broker of one's own, as text.

The settings come from measurements (the engines page of the documentation): the defaults
of Mosquitto lose messages without a word, and bring back old values after a crash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath
from typing import Final
from urllib.parse import quote

from headcount.broker.config import LIMITS, MAX_PAYLOAD_BYTES, Access, quoted
from headcount.errors import BadInputError

_MOSQUITTO_STORE: Final = PurePosixPath("/var/lib/mosquitto")
_NATS_STORE: Final = PurePosixPath("/var/lib/nats")
_ROUTE_USER: Final = "route"


def mosquitto(
    *,
    host: str = "0.0.0.0",
    port: int = 1883,
    store: PurePath = _MOSQUITTO_STORE,
    password_file: PurePath | None = None,
) -> str:
    """Return a `mosquitto.conf` for Mosquitto 2.

    Arguments:
        host: the address to listen on.
        port: the port to listen on.
        store: the directory that keeps retained messages; Mosquitto must be able to write it.
        password_file: made with `mosquitto_passwd`; None lets everyone in.

    Raises:
        BadInputError: a path holds a line break.
    """
    if password_file is None:
        access = "allow_anonymous true"
    else:
        access = f"allow_anonymous false\npassword_file {_one_line(password_file)}"
    return f"""\
# Mosquitto for Headcount.
listener {port} {host}
{access}

# Retained messages survive a restart. After a crash the values of the last half minute are
# older ones, which Headcount repairs; saving at every change would hold up every message.
persistence true
persistence_location {_one_line(store)}/
autosave_interval 30

# The default drops what is above 1,000 messages without telling anybody.
max_queued_messages 100000
max_inflight_messages 100

# The largest session state is 256 kB.
max_packet_size {MAX_PAYLOAD_BYTES}

# Small messages leave at once.
set_tcp_nodelay true
"""


@dataclass(frozen=True, slots=True)
class Node:
    """One server of a cluster.

    Arguments:
        name: its name, different from all others; its store belongs to this name.
        host: the address at which the other nodes reach it.
        mqtt_port: where clients come in.
        cluster_port: where the other nodes come in.
        store: the directory that keeps its messages.
        listen: the address to listen on.
    """

    name: str
    host: str
    mqtt_port: int = 1883
    cluster_port: int = 6222
    store: PurePath = _NATS_STORE
    listen: str = "0.0.0.0"


def nats_cluster(nodes: Sequence[Node], access: Access, *, name: str = "headcount") -> list[str]:
    """Return one `nats-server` configuration for each node, in their order.

    Arguments:
        nodes: an odd number of them, three at least, so that a majority outlives a failure.
        access: who may use the broker; its secret is also how the nodes know each other.
        name: the cluster's name.

    Raises:
        BadInputError: too few nodes, an even number, or two of the same name.
    """
    if len(nodes) < 3 or len(nodes) % 2 == 0:
        raise BadInputError("a cluster has an odd number of nodes, three at least")
    if len({node.name for node in nodes}) < len(nodes):
        raise BadInputError("two nodes of a cluster may not have the same name")
    return [_nats_node(node, nodes, access, name) for node in nodes]


def _nats_node(node: Node, nodes: Sequence[Node], access: Access, name: str) -> str:
    login = f"{_ROUTE_USER}:{quote(access.secret, safe='')}"
    routes = "\n".join(
        f"    {quoted(f'nats://{login}@{peer.host}:{peer.cluster_port}')}"
        for peer in nodes
        if peer != node
    )
    return f"""\
# nats-server for Headcount: node {node.name} of the cluster {name}.
server_name: {quoted(node.name)}
listen: "127.0.0.1:-1"
{LIMITS}{access.text()}jetstream {{
  store_dir: {quoted(node.store.as_posix())}
  max_memory_store: 256MB
  max_file_store: 10GB
}}
cluster {{
  name: {quoted(name)}
  listen: {quoted(f"{node.listen}:{node.cluster_port}")}
  authorization {{ user: {quoted(_ROUTE_USER)}, password: {quoted(access.secret)}, timeout: 2 }}
  routes: [
{routes}
  ]
}}
mqtt {{
  host: {quoted(node.listen)}
  port: {node.mqtt_port}
  stream_replicas: 3
{access.default_user()}}}
"""


def _one_line(path: PurePath) -> str:
    text = path.as_posix().rstrip("/")
    if not text.isprintable():
        raise BadInputError("a path in mosquitto.conf holds only printable characters")
    return text
