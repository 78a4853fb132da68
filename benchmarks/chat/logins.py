"""Twenty logins of one account at once: one succeeds, all are answered, nobody else waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.bench import Bench
from benchmarks.chat.accounts import Client, Probe
from benchmarks.chat.servers import ours
from benchmarks.report import Row, median, percentile, show, spread

LOGINS = 20
LONGEST = 3.0
OTHERS = 0.1
QUIET = 1.0


def measure(bench: Bench) -> Iterator[Row]:
    """Log in, all at once, again and again."""
    succeeded, taken, alone = [], [], []
    quiet: list[float] = []
    others: list[float] = []
    with ours() as server:
        client = Client(server.port)
        client.register()
        with Probe(server.port) as probe:
            time.sleep(QUIET)
        quiet += probe.taken
        for _ in range(bench.sizes.chat_rounds):
            alone.append(_alone(client))
            with Probe(server.port) as probe:
                seconds, tokens = _storm(server.port)
            others += probe.taken
            taken.append(seconds)
            succeeded.append(len(tokens))
            for token in tokens:
                client.logout(token)
        client.close()
    base = median(alone)
    yield Row(
        f"{LOGINS} right logins of one account at once (x {len(taken)}): all answered",
        bench.name,
        f"{spread(taken)}; {', '.join(map(str, sorted(set(succeeded))))} succeeded",
        f"max <= {show(LONGEST)}; 1 succeeds",
        max(taken) <= LONGEST and set(succeeded) == {1},
        f"{show(base)} one login",
        median(taken) / base,
    )
    yield Row(
        "other requests meanwhile",
        bench.name,
        f"{show(median(others))} / p99 {show(percentile(others, 99))}",
        f"p99 <= {show(OTHERS)}",
        percentile(others, 99) <= OTHERS,
        f"{show(median(quiet))} / p99 {show(percentile(quiet, 99))} in quiet",
        percentile(others, 99) / percentile(quiet, 99),
    )


def _alone(client: Client) -> float:
    """Return how long one login takes."""
    began = time.monotonic()
    token = client.login()
    seconds = time.monotonic() - began
    assert token is not None
    client.logout(token)
    return seconds


def _storm(port: int) -> tuple[float, list[str]]:
    """Return how long it took until all were answered, and the tokens that were given."""
    clients = [Client(port) for _ in range(LOGINS)]
    with ThreadPoolExecutor(LOGINS) as threads:
        began = time.monotonic()
        given = list(threads.map(Client.login, clients))
        seconds = time.monotonic() - began
    for client in clients:
        client.close()
    return seconds, [token for token in given if token is not None]
