"""What is acknowledged is on the disk: two processes at once, killed in the middle of it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.chat.store.places import Place

ROOT = Path(__file__).parents[3]
ACKNOWLEDGED = 500


@contextlib.contextmanager
def bursting(place: Place) -> Iterator[subprocess.Popen[str]]:
    """Run a process that stores and prints; make sure of its end."""
    arguments = [str(place.data), *([place.database] if place.database else [])]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.chat.store.burst", *arguments],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        cwd=ROOT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def acknowledged(process: subprocess.Popen[str], number: int) -> dict[int, str]:
    """Return what was acknowledged when a process is killed after so many."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(number)]
    process.kill()
    lines += process.stdout.readlines()
    whole = [line for line in lines if line.endswith("\n")]
    assert len(whole) >= number
    return {int(id): text for id, text in (line.split() for line in whole)}


async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(place: Place) -> None:
    """SIGKILL in a burst: all that was printed is there, nothing twice, no number left out."""
    with bursting(place) as process:
        told = acknowledged(process, ACKNOWLEDGED)
    async with place.open() as store:
        kept: dict[int, str] = {}
        while True:
            page = await store.history.read("lobby", limit=1000, after=max(kept, default=0))
            kept |= {message.id: message.text for message in page.messages}
            if not page.more:
                break
    assert {id: kept.get(id) for id in told} == told
    assert sorted(kept) == list(range(1, page.last + 1))
    assert len(set(kept.values())) == len(kept)


async def test_a_node_that_is_killed_holds_up_no_other(place: Place) -> None:
    """The other one goes on, and the numbers are contiguous over both."""
    with bursting(place) as first, bursting(place) as second:
        told = acknowledged(first, ACKNOWLEDGED)
        told |= acknowledged(second, ACKNOWLEDGED)
    async with place.open() as store:
        last = (await store.history.read("lobby", limit=1)).last
        assert await store.history.count("lobby") == last >= max(told)
