"""The metrics of the chat, in the text format of Prometheus."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from headcount.chat.server.figures import BOUNDS
from headcount.chat.server.place import Place
from headcount.metrics import BrokerCollector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

COUNTERS: Final = {
    "dropped": "Clients cut off since they did not read what they were sent",
    "errors": "Faults of this program; the log has them",
    "fenced": "Logins given up since their lease could not be renewed (lease expiries)",
    "gaps": "Messages fetched from the history since they came out of order",
    "malformed": "Frames that are not of this protocol",
    "messages": "Messages told to a room",
    "rate_limited": "Frames refused since there were too many",
    "refused": "Second windows refused under same-account=reject",
    "silent": "Connections given up since nothing was heard of them",
    "stalls": "Times when this process stood still",
    "taken_over": "Connections replaced by a newer one of the same login since they were silent",
    "too_many_connections": "Connections refused since their address has too many",
    "unanswered": "Questions to the database that were not answered in time",
    "unknown": "Frames of a type that is not known",
}
"""What is counted, and what it means."""


class ChatCollector(Collector):
    """The metrics of one server, read where they live.

    Args:
        place: the server.
        difference: what the audit has found, by room.
    """

    def __init__(self, place: Place, difference: Mapping[str, int]) -> None:
        self._place = place
        self._difference = difference

    def collect(self) -> Iterable[Metric]:
        """Return all metrics as they are now."""
        runner = self._place.runner
        here = runner.present()
        online = len({each.account for each in here if each.account is not None})
        yield _gauge("connections", "Open WebSockets", runner.transports)
        yield _gauge("count", "The lobby's number now", runner.hub.count)
        yield _gauge("accounts_online", "Accounts that are connected", online)
        usable = self._place.store.is_usable
        yield _gauge("database_up", "Whether the database did what was last asked of it", usable)
        yield _gauge("rooms", "Live sessions, each with a room", len(self._place.rooms.sessions))
        audit = GaugeMetricFamily(
            "headcount_chat_count_difference",
            "The count last sent to a room less the true one: 0 when right",
            labels=["room"],
        )
        for room, difference in {"lobby": 0, **self._difference}.items():
            audit.add_metric([room], difference)
        yield audit
        yield from self._counted()

    def _counted(self) -> Iterable[Metric]:
        figures = self._place.runner.figures
        for name, meaning in COUNTERS.items():
            value = figures.counts.get(name, 0)
            yield CounterMetricFamily(f"headcount_chat_{name}", meaning, value=value)
        bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
        counts = accumulate(figures.buckets)
        yield HistogramMetricFamily(
            "headcount_chat_delivery_seconds",
            "From a message's arrival to the writing of it to everybody in its room",
            buckets=list(zip(bounds, map(float, counts), strict=True)),
            sum_value=figures.latency,
        )


def text(place: Place, difference: Mapping[str, int]) -> bytes:
    """Return all metrics of a server, those of its connection to the broker included."""
    registry = CollectorRegistry()
    registry.register(ChatCollector(place, difference))
    if place.rooms.broker is not None:
        registry.register(BrokerCollector(place.rooms.broker))
    return generate_latest(registry)


def memory() -> dict[str, Any]:
    """Return how much memory this process has used at most, in bytes; {} where unknown."""
    if sys.platform == "win32":
        return {}
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"used": most if sys.platform == "darwin" else most * 1024}


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"headcount_chat_{name}", meaning, value=value)
