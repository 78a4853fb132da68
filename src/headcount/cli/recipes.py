"""`headcount broker-config`: configuration files for a broker of one's own."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from headcount.cli.exits import Exit
from headcount.cli.options import option
from headcount.errors import BadInputError

if TYPE_CHECKING:
    from headcount.broker.recipes import Node


_PORT = re.compile(r"[0-9]{1,5}")


class Kind(StrEnum):
    """The brokers there is a recipe for."""

    MOSQUITTO = "mosquitto"
    NATS = "nats"


def broker_config(
    kind: Annotated[Kind, typer.Argument(help="Which broker to configure.", show_default=False)],
    host: Annotated[str, option("--host", "The address to listen on.")] = "0.0.0.0",
    mqtt_port: Annotated[int, option("--mqtt-port", "The port for clients.")] = 1883,
    data: Annotated[
        str | None, option("--data", "Where the broker keeps its messages.", metavar="DIR")
    ] = None,
    password: Annotated[
        str | None,
        option("--password", "nats: what clients must give, with the user headcount."),
    ] = None,
    password_file: Annotated[
        str | None,
        option("--password-file", "mosquitto: a file made with mosquitto_passwd.", metavar="FILE"),
    ] = None,
    cluster: Annotated[
        list[str] | None,
        option(
            "--cluster",
            "nats: a node of the cluster, NAME=HOST[:MQTT_PORT[:CLUSTER_PORT]]; "
            "give three or five of them.",
            metavar="NODE",
        ),
    ] = None,
    node: Annotated[
        str | None, option("--node", "nats: print the file of this node of the cluster only.")
    ] = None,
    secret: Annotated[
        str | None,
        option(
            "--secret",
            "nats: how the nodes of a cluster know each other; drawn when it is not given.",
        ),
    ] = None,
) -> Exit:
    """Print the configuration of Mosquitto or nats-server, with settings that were measured.

    For a cluster, the files of all nodes are printed one after the other, each under a
    comment with its name; they share a secret, so keep the files of one run together.
    """
    _require_port(mqtt_port)
    if kind is Kind.MOSQUITTO:
        _refuse(kind, {"--cluster": cluster, "--password": password, "--node": node})
        sys.stdout.write(_mosquitto(host, mqtt_port, data, password_file))
        return Exit.ASKED
    _refuse(kind, {"--password-file": password_file})
    if not cluster:
        _refuse(kind, {"--node (without --cluster)": node})
        sys.stdout.write(_nats(host, mqtt_port, data, password, secret))
        return Exit.ASKED
    files = _cluster(cluster, host, data, password, secret)
    if node is not None and node not in files:
        raise BadInputError(f"--node {node} is none of the cluster: {', '.join(files)}")
    wanted = files if node is None else {node: files[node]}
    sys.stdout.write("\n".join(wanted.values()))
    return Exit.ASKED


def _mosquitto(host: str, port: int, data: str | None, password_file: str | None) -> str:
    from headcount.broker import recipes

    store = PurePosixPath(data or "/var/lib/mosquitto")
    file = None if password_file is None else PurePosixPath(password_file)
    return recipes.mosquitto(host=host, port=port, store=store, password_file=file)


def _nats(host: str, port: int, data: str | None, password: str | None, secret: str | None) -> str:
    from headcount.broker import config

    store = PurePosixPath(data or "/var/lib/nats")
    text = config.embedded(
        host=host,
        port=port,
        store=store,
        log=PurePosixPath("/var/log/nats-server.log"),
        access=config.Access(secret or _secret(), password),
    )
    return f"# nats-server for Headcount.\n{text}"


def _cluster(
    nodes: list[str], listen: str, data: str | None, password: str | None, secret: str | None
) -> dict[str, str]:
    from headcount.broker import config, recipes

    parsed = [_node(text, listen, data) for text in nodes]
    access = config.Access(secret or _secret(), password)
    files = recipes.nats_cluster(parsed, access)
    return {node.name: text for node, text in zip(parsed, files, strict=True)}


def _node(text: str, listen: str, data: str | None) -> Node:
    from headcount.broker.recipes import Node

    name, equals, place = text.partition("=")
    host, *ports = place.split(":")
    if not (equals and name and host) or len(ports) > 2 or not all(map(_PORT.fullmatch, ports)):
        raise BadInputError(
            f"{text!r} is not a node: write it like a=10.0.0.1 or a=10.0.0.1:1883:6222"
        )
    numbers = [*(int(port) for port in ports), *(1883, 6222)[len(ports) :]]
    for number in numbers:
        _require_port(number)
    store = PurePosixPath(data or "/var/lib/nats")
    return Node(name, host, numbers[0], numbers[1], store, listen)


def _secret() -> str:
    from secrets import token_urlsafe

    return token_urlsafe(24)


def _require_port(port: int) -> None:
    if not 0 < port < 65536:
        raise BadInputError(f"{port} is not a port: use 1 to 65535")


def _refuse(kind: Kind, given: dict[str, object]) -> None:
    for name, value in given.items():
        if value:
            raise BadInputError(f"{name} is not for {kind}: see headcount broker-config --help")
