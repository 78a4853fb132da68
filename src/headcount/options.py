"""What may be said on connecting, creating and joining, for those who pass it on.

What each of them means is told by `headcount.connect`, `Broker.create` and `Broker.join`.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TypedDict

from headcount import arguments
from headcount.links.link import Connector


class ConnectOptions(TypedDict, total=False):
    """The options of `headcount.connect`."""

    client_id: str | None
    name: str | None
    root: str
    tls_ca: str | PathLike[str] | None
    connector: Connector | None


class CreateOptions(TypedDict, total=False):
    """The options of `headcount.Broker.create`."""

    seats: arguments.Seats
    id: str | None
    roles: Sequence[str]
    seed: int | None
    name: str | None
    secret: str | None
    on_host_loss: arguments.OnHostLoss
    auto_start: bool
    heartbeat: float
    lease: float
    grace_lobby: float
    grace_started: float
    link_timeout: float


class JoinOptions(TypedDict, total=False):
    """The options of `headcount.Broker.join`."""

    role: str | None
    name: str | None
    secret: str | None
    wait: float
