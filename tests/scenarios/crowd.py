"""Many instances that act at one moment: processes that wait for each other at a barrier.

::

    with Crowd(engine.url, "sea", processes=5, each=10) as crowd:
        crowd.join(count=51)       # all connect, all join at one moment, all show 51
        crowd.leave()              # all leave at one moment
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from types import TracebackType
from typing import Any, Self

import headcount
from headcount.session import Session

PATIENCE = 40.0
"""Seconds for everything: starting the processes takes the most."""

_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Told:
    """What one instance tells of a step; times as `time.monotonic()` has them."""

    client_id: str
    began: float
    ended: float
    error: str = ""


class Crowd:
    """Processes with several instances each, all of one session."""

    def __init__(self, url: str, session_id: str, *, processes: int, each: int) -> None:
        self.size = processes * each
        self._barrier = _spawn.Barrier(processes + 1)
        self._told: Queue[Told] = _spawn.Queue()
        self._count = _spawn.Value("i", 0)
        self._processes = [
            _spawn.Process(
                target=_main,
                args=(url, session_id, n * each, each, self._barrier, self._told, self._count),
                daemon=True,
            )
            for n in range(processes)
        ]

    def join(self, count: int) -> float:
        """Let all join at one moment; return how long it took until all of them show `count`."""
        self._count.value = count
        return self._step()

    def leave(self) -> float:
        """Let all leave at one moment; return when they began."""
        self._barrier.wait(PATIENCE)
        return min(told.began for told in self._all())

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._processes:
            if kind is not None:
                process.kill()
            process.join(PATIENCE)
            process.close()
        self._told.close()
        self._told.join_thread()

    def _step(self) -> float:
        self._barrier.wait(PATIENCE)
        told = self._all()
        return max(each.ended for each in told) - min(each.began for each in told)

    def _all(self) -> list[Told]:
        """Return what all tell of this step; nobody may be missing and nothing have failed."""
        told = [self._told.get(timeout=PATIENCE) for _ in range(self.size)]
        assert len({each.client_id for each in told}) == self.size
        failed = [each for each in told if each.error]
        assert not failed, failed
        return told


def _main(
    url: str,
    session_id: str,
    first: int,
    each: int,
    barrier: Barrier,
    told: Queue[Told],
    count: Any,
) -> None:
    names = [f"guest-{first + n}" for n in range(each)]
    asyncio.run(_crowd(url, session_id, names, barrier, told, count))


async def _crowd(
    url: str, session_id: str, names: list[str], barrier: Barrier, told: Queue[Told], count: Any
) -> None:
    brokers = [headcount.connect(url, client_id=name) for name in names]
    await asyncio.gather(*(broker.__aenter__() for broker in brokers))
    sessions = [broker.join(session_id) for broker in brokers]
    await asyncio.to_thread(barrier.wait, PATIENCE)
    await asyncio.gather(*(_join(session, count.value, told) for session in sessions))
    await asyncio.to_thread(barrier.wait, PATIENCE)
    await asyncio.gather(*(_leave(session, told) for session in sessions))
    await asyncio.gather(*(broker.close() for broker in brokers))


async def _join(session: Session, count: int, told: Queue[Told]) -> None:
    began, error = time.monotonic(), "the session ended"
    try:
        async with asyncio.timeout(PATIENCE / 4):
            await session.__aenter__()
            async for state in session.watch():
                error = f"shows {state.count}"
                if state.count == count:
                    error = ""
                    break
    except (headcount.HeadcountError, TimeoutError) as failure:
        error = f"{error}: {failure!r}"
    told.put(Told(session.client_id, began, time.monotonic(), error))


async def _leave(session: Session, told: Queue[Told]) -> None:
    began = time.monotonic()
    await session.leave()
    error = "" if session.closed_reason == "left" else f"closed: {session.closed_reason}"
    told.put(Told(session.client_id, began, time.monotonic(), error))
