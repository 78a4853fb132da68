"""A session of real processes, and somebody who follows the list meanwhile.

::

    with gathered(engine.url, 3, "--on-host-loss", "migrate") as scene:
        killed = time.monotonic()
        scene.members[0].kill()
        within(0.5, shown(scene.others(scene.members[0]), 2) - killed, "a member was killed")

Nothing sleeps for others to be ready. Where a fault lasts for some seconds, `steady` spends
them looking at those who must not be disturbed by it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Any

import pytest

from tests.cli.instance import Event, Instance
from tests.engines import Engine
from tests.raw_mqtt import RawClient

ID = "sea"
NAME = "Sea Zones"
START = 30.0
"""Seconds in which processes must have started, on a machine that does other things too."""


class Scene:
    """The instances of one session, its list, and what was seen of both."""

    def __init__(self, url: str, host: Instance, members: Sequence[Instance], opened: ExitStack):
        self.url = url
        self.host = host
        self.members = list(members)
        self._opened = opened

    @property
    def all(self) -> list[Instance]:
        """The host and the members."""
        return [self.host, *self.members]

    @cached_property
    def listing(self) -> Instance:
        """Somebody who follows the list, from the first time this is asked for."""
        return self._opened.enter_context(Instance("list", "--watch", "--broker", self.url))

    def others(self, *gone: Instance) -> list[Instance]:
        """Everyone but these."""
        return [each for each in self.all if each not in gone]

    def line(self) -> list[Instance]:
        """The members in the order in which they would follow the host."""
        state = self.host.state
        waiting = [each for each in state["connected_instances"] if each != state["host_client_id"]]
        by_id = {each.client_id: each for each in self.members}
        return [by_id[client_id] for client_id in waiting]


@contextmanager
def gathered(
    url: str,
    size: int,
    *options: str,
    started: bool = False,
    host_url: str | None = None,
    member_url: str | None = None,
) -> Iterator[Scene]:
    """Start a session of `size` instances, and wait until all of them show so many.

    Args:
        url: the broker.
        size: how many instances, the host included.
        options: of `headcount create`.
        started: whether the host starts it.
        host_url: another way to the broker, for the host.
        member_url: another way to the broker, for the first of the members.
    """
    with ExitStack() as opened:
        host = opened.enter_context(
            Instance.create(host_url or url, NAME, "--id", ID, "--seats", "1-", *options)
        )
        members = [
            opened.enter_context(
                Instance.join((member_url or url) if not n else url, ID, "--wait", "30")
            )
            for n in range(size - 1)
        ]
        scene = Scene(url, host, members, opened)
        shown(scene.all, size, START)
        if started:
            host.ask("start")
            for each in scene.all:
                each.wait_for(lambda event: event.get("state") == "started")
        yield scene


def shown(instances: Iterable[Instance], count: int, timeout: float = 15.0) -> float:
    """Wait until each shows `count`; return the moment from which all have."""
    deadline = time.monotonic() + timeout
    moments: list[float] = []
    for each in instances:
        event = each.wait_count(count, max(0.0, deadline - time.monotonic()))
        moments.append(event["at"])
    return max(moments)


def closed(instances: Iterable[Instance], reason: str = "host_lost") -> float:
    """Wait until each was told that it is over, and has ended with 1; return when the last was."""
    told: list[float] = []
    for each in instances:
        event = each.wait_for("closed")
        assert event["reason"] == reason, each.story
        assert each.wait() == 1, each.story
        told.append(event["at"])
    return max(told)


def has_host(instances: Iterable[Instance], wanted: Sequence[str], timeout: float = 15.0) -> float:
    """Wait until each shows one host out of `wanted`; return the moment from which all have."""
    moments: list[float] = []
    hosts = set()
    for each in instances:
        event = each.wait_for(lambda event: event.get("host_client_id") in wanted, timeout)
        moments.append(event["at"])
        hosts.add(event["host_client_id"])
    assert len(hosts) == 1, f"several hosts: {hosts}"
    return max(moments)


def row(listing: Instance) -> dict[str, Any] | None:
    """Return the session's row in the newest list."""
    lists = [event for event in listing.events if event["event"] == "sessions"]
    rows = {each["session_id"]: each for each in lists[-1]["sessions"]} if lists else {}
    return rows.get(ID)


def wait_listed(listing: Instance, count: int | None, timeout: float = 15.0) -> float:
    """Wait until the session is listed with `count`, or not listed any more; return the moment."""

    def holds() -> bool:
        listed = row(listing)
        return "sessions" in listing.names and (listed and listed["count"]) == count

    listing.wait_until(holds, timeout)
    return float(listing.events[-1]["at"])


def steady(instances: Sequence[Instance], seconds: float) -> None:
    """Look on for some seconds in which nobody may show another count, host or end."""
    until = time.monotonic() + seconds
    for each in instances:
        now = each.state

        def disturbs(event: Event, now: Event = now) -> bool:
            changed = event["event"] == "state" and (
                (event["count"], event["host_client_id"]) != (now["count"], now["host_client_id"])
            )
            return changed or event["event"] == "closed"

        with pytest.raises(AssertionError, match="what was waited for did not come"):
            each.wait_for(disturbs, max(0.0, until - time.monotonic()), after=each.mark())
        assert each.process.poll() is None, each.story


def undisturbed(instance: Instance, after: int, *, count: int, host: str) -> None:
    """Assert that since the mark `after` it has shown this count and host, and no end."""
    for event in instance.events[after:]:
        assert event["event"] != "closed", instance.story
        if event["event"] == "state":
            assert (event["count"], event["host_client_id"]) == (count, host), instance.story


def nobody_closed(instances: Iterable[Instance]) -> None:
    """Assert that nobody was told that the session is over."""
    for each in instances:
        assert "closed" not in each.names, each.story
        assert each.process.poll() is None, each.story


def at_rest(instances: Iterable[Instance], count: int) -> None:
    """Assert that everybody is answered by the host, and that all show `count` after that."""
    everybody = list(instances)
    for each in everybody:
        assert each.ask("ready")["event"] == "accepted"
    for each in everybody:
        assert each.state["count"] == count, each.story
    nobody_closed(everybody)


def joins(url: str, session_id: str = ID, *options: str) -> Instance:
    """Return a process that joins, once it shows a state; to be closed by the caller."""
    newcomer = Instance.join(url, session_id, *options)
    try:
        newcomer.wait_for("state", START)
    except BaseException:
        newcomer.__exit__(None, None, None)
        raise
    return newcomer


def retained(engine: Engine) -> list[str]:
    """Return the topics on which something is retained."""
    with RawClient(engine.port, "reader") as reader:
        reader.subscribe("#")
        return [message.topic for message in reader.take() if message.retained]


def within(bound: float, taken: float, what: str) -> None:
    """Assert that something took no longer than a figure of issue 2; tell how long it took."""
    print(f"figure: {what}: {taken:.3f} s of {bound:.3f} s")
    assert taken <= bound, f"{what}: {taken:.3f} s, at most {bound:.3f} s"
