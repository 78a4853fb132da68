"""From the options to a bare connection."""

from __future__ import annotations

from headcount import arguments
from headcount.cli.options import Reach
from headcount.links.mqtt import MqttConnector


def connector(reach: Reach) -> MqttConnector:
    """Return what connects to the broker.

    Raises:
        BadInputError: an address is none.
    """
    return MqttConnector(reach.brokers)


def root(reach: Reach) -> str:
    """Return the prefix of all topics.

    Raises:
        BadInputError: it cannot be part of a topic everywhere.
    """
    return arguments.root(reach.root)
