"""Metrics for Prometheus. Import this only where they are wanted: it brings a web server.

The numbers are read where they live, when somebody asks for them.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from headcount.core.state import SessionState
from headcount.errors import PortInUseError

COUNTERS = {
    "doubted_states": "States that were too strange to be believed at once",
    "errors": "Faults of this program; the log has them",
    "events_dropped": "Notices that had to go since nobody took them",
    "fenced_out": "Sessions in which this instance was host and others went on without it",
    "hosts_lost": "Hosts judged lost",
    "left_unheard": "Sessions left without an answer in time",
    "link_losses": "Connections to the broker that were lost",
    "malformed": "Messages that are not of this protocol",
    "messages_dropped": "Application messages that had to go since nobody took them",
    "outbound_dropped": "Messages that were not sent since too much was waiting",
    "requests_refused": "Requests refused as host",
    "sessions_forgotten": "Sessions forgotten to have room for others: somebody makes ids up",
    "stalls": "Times when this process could not run for more than a second",
    "states_awaited_in_vain": "States that did not come in time after a command",
    "stray_messages": "Application messages of those who are no members",
    "sweeps": "Sessions without a host whose retained messages were cleared",
    "takeovers": "Sessions taken over from a lost host",
    "uninformed_claims": "Claims to a lost host's place that knew less than one knows",
}
"""What is counted on every connection, and what it means."""


class _Session(Protocol):
    @property
    def state(self) -> SessionState: ...


class Source(Protocol):
    """What the numbers are read from; a `Broker` is one."""

    @property
    def is_up(self) -> bool:
        """Whether there is a connection."""

    @property
    def counters(self) -> Mapping[str, int]:
        """What was counted."""

    @property
    def entered(self) -> Iterable[_Session]:
        """The sessions one is in."""

    @property
    def listed(self) -> Iterable[SessionState] | None:
        """The live sessions, if the list is kept."""


class BrokerCollector(Collector):
    """The metrics of one connection."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def collect(self) -> Iterable[Metric]:
        """Return all metrics as they are now."""
        source = self._source
        yield _gauge("link_up", "Whether there is a connection to the broker", source.is_up)
        states = [session.state for session in source.entered]
        yield _gauge("sessions_entered", "Sessions this instance is in", len(states))
        members = GaugeMetricFamily(
            "headcount_members", "Members of the sessions this instance is in", labels=["status"]
        )
        connected = sum(state.count for state in states)
        members.add_metric(["connected"], connected)
        members.add_metric(["away"], sum(len(state.members) for state in states) - connected)
        yield members
        listed = source.listed
        if listed is not None:
            live = list(listed)
            yield _gauge("sessions_listed", "Live sessions on the broker", len(live))
            instances = sum(state.count for state in live)
            yield _gauge("instances_listed", "Instances connected to them", instances)
        counted = source.counters
        for name, meaning in COUNTERS.items():
            yield CounterMetricFamily(f"headcount_{name}", meaning, value=counted.get(name, 0))


class MetricsServer:
    """Serves metrics over HTTP, in a thread of its own; there are none until `show` is called.

    Args:
        port: the port to listen on; 0 takes a free one.
        host: the address to listen on.

    Raises:
        PortInUseError: another program has the port.
        OSError: the address cannot be listened on.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._registry = CollectorRegistry()
        try:
            self._server, self._thread = start_http_server(port, host, self._registry)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                message = f"port {port} on {host} is taken: give another one for the metrics"
                raise PortInUseError(message) from error
            raise
        self.port: int = self._server.server_port
        """The port listened on."""

    def show(self, source: Source) -> None:
        """Serve the metrics of a connection, such as a `Broker`."""
        self._registry.register(BrokerCollector(source))

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"headcount_{name}", meaning, value=value)
