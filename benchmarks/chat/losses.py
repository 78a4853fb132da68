"""A client dies or freezes: when is the number right, and when can its account be used again?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bench import Bench
from benchmarks.chat.accounts import Client
from benchmarks.chat.load import Load
from benchmarks.chat.servers import Server, ours
from benchmarks.report import Row, median, show, spread

WATCHING = 3
KILLED, BACK = 0.1, 1.5
PATIENCE = 90.0
AGAIN = 0.2
"""Seconds between two tries to log in."""
SHORT = {"ping": 2.5, "timeout": 2.5}
"""Settings under which a silent client is dead after 5 s."""


def measure(bench: Bench) -> Iterator[Row]:
    """Lose clients in each way."""
    yield from _killed(bench)
    yield from _frozen(bench, 5.0, bench.sizes.freezes, **SHORT)
    if bench.sizes.chat_long_silence:
        yield from _frozen(bench, 25.0, 1)


def _killed(bench: Bench) -> Iterator[Row]:
    taken, logins, alone = [], [], []
    with ours() as server, _watched(server) as (watcher, client):
        for _ in range(bench.sizes.kills):
            began = time.monotonic()
            token = client.login()
            alone.append(time.monotonic() - began)
            with _victim(server, watcher, token) as victim:
                watcher.say(f"await {WATCHING} {PATIENCE}")
                killed = time.monotonic()
                victim.kill()
                logins.append(_free(client, killed))
                taken.append(float(watcher.hear()["at"]) - killed)
    yield _right("client killed: others told", bench, taken, KILLED)
    yield Row(
        "its account logs in again, password checked",
        bench.name,
        spread(logins),
        f"max <= {show(KILLED)} + a login",
        max(logins) <= KILLED + max(alone),
        f"{show(median(alone))} a login",
        median(logins) / median(alone),
    )


def _frozen(bench: Bench, goal: float, times: int, **settings: float) -> Iterator[Row]:
    taken, logins = [], []
    backs: list[float] = []
    with ours(**settings) as server, _watched(server) as (watcher, client):
        for _ in range(times):
            with _victim(server, watcher, client.login()) as victim:
                watcher.say(f"await {WATCHING} {PATIENCE}")
                frozen = time.monotonic()
                victim.freeze()
                logins.append(_free(client, frozen))
                taken.append(float(watcher.hear()["at"]) - frozen)
            token = client.login()
            assert token is not None
            backs.append(_back(server, watcher, token))
            client.logout(token)
    how = "by default" if not settings else f"set to {goal:g} s"
    yield _right(f"client frozen, {how}: others told", bench, taken, goal)
    yield _right(f"client frozen, {how}: its account logs in again", bench, logins, goal + 0.5)
    yield _right(f"client frozen, {how}: back with the same token", bench, backs, BACK)


def _right(figure: str, bench: Bench, taken: list[float], goal: float) -> Row:
    return Row(figure, bench.name, spread(taken), f"max <= {show(goal)}", max(taken) <= goal)


@contextmanager
def _watched(server: Server) -> Iterator[tuple[Load, Client]]:
    """Give those who watch the number, and a client that has made an account."""
    client = Client(server.port)
    client.register()
    with Load(server.port) as watcher:
        watcher.open(WATCHING)
        watcher.settle()
        yield watcher, client
    client.close()


@contextmanager
def _victim(server: Server, watcher: Load, token: str | None) -> Iterator[Load]:
    """Give a process with one connection that has shown its token and is counted."""
    assert token is not None
    with Load(server.port) as victim:
        victim.open(1)
        victim.authenticate(token)
        watcher.ask(f"await {WATCHING + 1} {PATIENCE}")
        yield victim


def _free(client: Client, since: float) -> float:
    """Return how long it took until the account could be used elsewhere; leave it free."""
    while (token := client.login()) is None:
        time.sleep(AGAIN)
    taken = time.monotonic() - since
    client.logout(token)
    return taken


def _back(server: Server, watcher: Load, token: str) -> float:
    """Return how long a client takes to be let in whose old connection is silent."""
    with _victim(server, watcher, token) as ghost:
        ghost.freeze()
        with Load(server.port) as back:
            began = time.monotonic()
            back.open(1)
            back.authenticate(token)
            taken = time.monotonic() - began
    watcher.ask(f"await {WATCHING} {PATIENCE}")
    return taken
