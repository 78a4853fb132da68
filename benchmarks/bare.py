"""The bare round trip of a broker: A publishes, B in another process answers, A receives.

Four passages through the network and two through the broker, over the link that Headcount
uses (`MqttConnector`: QoS 1 out, QoS 0 in), without any of its rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.child import Child

WARM_UP = 50


class Bare:
    """Both ends, connected."""

    def __init__(self, ping: Child) -> None:
        self._ping = ping
        self.taken: list[float] = []
        """All round trips so far, in seconds."""

    def sample(self, times: int, pause: float) -> None:
        """Add round trips, with a pause in seconds before each."""
        self.taken += self._ping.ask(times=times, pause=pause)


@contextmanager
def bare(url: str) -> Iterator[Bare]:
    """Start both ends on a broker, and warm them up."""
    with Child("pong", url) as pong, Child("ping", url) as ping:
        pong.hear()
        ping.hear()
        ping.ask(times=WARM_UP, pause=0)
        yield Bare(ping)
