"""What an operator may choose for the chat's server; times in seconds, sizes in bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from headcount.chat.hub.settings import Settings
from headcount.chat.server.hosts import Hosts
from headcount.chat.server.origins import Origins
from headcount.chat.server.proxies import Proxies
from headcount.chat.wire.codec import MAX_BYTES
from headcount.errors import BadInputError

SHORTEST_LEASE = 3.0
DAY = 24 * 3600.0

Metrics = Literal["loopback", "admin", "open"]


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Policies and limits of one server.

    Args:
        hub: those of the hub.
        host: the address to listen on.
        port: the port to listen on; 0 takes a free one.
        data: the data directory.
        database: the address of a PostgreSQL database, instead of SQLite in `data`.
        origins: the pages of other servers that may use this one.
        proxies: the proxies whose word counts for whom a request comes from.
        tls_cert: a PEM file with the certificate chain.
        tls_key: a PEM file with its key.
        lease: for how long a login holds its account without being renewed.
        retention: for how long messages are kept; None is for ever.
        metrics: who may read `/metrics`: this machine itself and admins, admins, or everybody.
        longest_frame: the most a client's message over a WebSocket may hold.
        longest_body: the same over HTTP.
        longest_wait: what may wait for a client that reads too slowly; it is cut off when it is
            behind by more for 5 s, or by 16 times as much.
        most_waiting: what may wait for all clients; the slowest are cut off when it is more.
    """

    hub: Settings = field(default_factory=Settings)
    host: str = "127.0.0.1"
    port: int = 8080
    data: Path | None = None
    database: str | None = None
    origins: Origins = field(default_factory=Origins)
    proxies: Proxies = field(default_factory=Proxies)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    lease: float = 30.0
    retention: float | None = 90 * DAY
    metrics: Metrics = "loopback"
    longest_frame: int = MAX_BYTES
    longest_body: int = MAX_BYTES
    longest_wait: int = 1 << 20
    most_waiting: int = 256 << 20

    def __post_init__(self) -> None:
        if (self.tls_cert is None) is not (self.tls_key is None):
            raise BadInputError("TLS needs a certificate and its key: give both, or none")
        if self.lease < SHORTEST_LEASE:
            raise BadInputError(f"a session lease lasts at least {SHORTEST_LEASE:g} s")

    @property
    def hosts(self) -> Hosts:
        """The names by which the server may be called."""
        return Hosts.of(self.host, self.origins, self.proxies)

    @property
    def scheme(self) -> str:
        """`https` with TLS, else `http`."""
        return "http" if self.tls_cert is None else "https"


def lease_of(lease: float) -> tuple[float, float]:
    """Return how often a lease is renewed, and when it must not be acted upon any more.

    Of 30 s that is every 10 s, and 25 s after the last renewal (design, section 4).
    """
    return lease / 3, lease * 5 / 6
