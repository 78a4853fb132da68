"""Real `headcount` processes in one session, and the moments at which all of them agree."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from tests.cli.instance import Event, Instance

ID = "bench"
PATIENCE = 30.0


class Cast:
    """A host and its members; those who end are replaced by nobody."""

    def __init__(self, url: str, host: Instance, members: list[Instance]) -> None:
        self.url, self.host, self.members = url, host, members

    @property
    def all(self) -> list[Instance]:
        """Everyone, the host first."""
        return [self.host, *self.members]

    def line(self) -> list[Instance]:
        """The members, the next host first."""
        rank = {id: at for at, id in enumerate(self.host.state["connected_instances"])}
        return sorted(self.members, key=lambda each: rank[each.client_id])


@contextmanager
def gathered(url: str, size: int, *options: str, started: bool = False) -> Iterator[Cast]:
    """Start a session of so many instances, and wait until all of them show so many.

    Args:
        url: the broker.
        size: how many, the host included.
        options: of `headcount create`.
        started: whether the host starts the session.
    """
    with ExitStack() as opened:
        host = opened.enter_context(Instance.create(url, "Bench", "--id", ID, *options))
        host.wait_for("accepted", PATIENCE)
        members = [opened.enter_context(Instance.join(url, ID)) for _ in range(size - 1)]
        cast = Cast(url, host, members)
        agreed(cast.all, size)
        if started:
            host.ask("start")
            for each in cast.all:
                each.wait_for(lambda event: event.get("state") == "started")
        yield cast


def agreed(instances: Iterable[Instance], count: int, timeout: float = PATIENCE) -> float:
    """Wait until each shows `count`; return the moment from which all have."""
    deadline = time.monotonic() + timeout
    return max(
        float(each.wait_count(count, max(0.0, deadline - time.monotonic()))["at"])
        for each in instances
    )


def told_closed(instances: Iterable[Instance]) -> float:
    """Wait until each was told that its host is lost; return the moment of the last."""
    told = [each.wait_for("closed", PATIENCE) for each in instances]
    wrong = [event["reason"] for event in told if event["reason"] != "host_lost"]
    if wrong:
        raise RuntimeError(f"closed for another reason: {wrong}")
    return max(float(event["at"]) for event in told)


def has_host(instances: Iterable[Instance], gone: set[str]) -> float:
    """Wait until all show one host that is not gone; return the moment of the last."""

    def new(event: Event) -> bool:
        return event["event"] == "state" and event["host_client_id"] not in gone

    found = [each.wait_for(new, PATIENCE) for each in instances]
    if len({event["host_client_id"] for event in found}) != 1:
        raise RuntimeError("several hosts: " + str([event["host_client_id"] for event in found]))
    return max(float(event["at"]) for event in found)
