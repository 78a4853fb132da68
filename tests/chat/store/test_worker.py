"""The thread that writes: in order, and whoever waits is told."""

from __future__ import annotations

import asyncio
import threading

import pytest

from headcount.chat.store.worker import Worker


@pytest.fixture
def worker() -> Worker:
    """Give a worker."""
    return Worker("test")


async def test_it_answers_in_the_order_of_what_it_was_given(worker: Worker) -> None:
    """From one thread, which is not the loop's."""
    done: list[int] = []

    def work(n: int) -> tuple[int, str]:
        done.append(n)
        return n, threading.current_thread().name

    answers = await asyncio.gather(*(worker.run(lambda n=n: work(n)) for n in range(100)))  # type: ignore[misc]
    assert answers == [(n, "test") for n in range(100)]
    assert done == list(range(100))
    worker.close()


async def test_what_is_raised_is_raised_and_the_next_is_done(worker: Worker) -> None:
    """Whatever it is."""

    def fail() -> None:
        raise SystemExit("no")

    with pytest.raises(SystemExit):
        await worker.run(fail)
    assert await worker.run(lambda: 7) == 7
    worker.close()


async def test_what_is_cancelled_is_done_all_the_same(worker: Worker) -> None:
    """Nobody knows how far it was."""
    go_on, done = threading.Event(), threading.Event()
    waiting = asyncio.create_task(worker.run(lambda: go_on.wait(10) and done.set()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    assert await worker.run(done.is_set)
    worker.close()


def test_a_loop_that_is_gone_ends_no_worker(worker: Worker) -> None:
    """As when a program ends in the middle of it."""
    go_on = threading.Event()

    async def leave() -> None:
        asyncio.create_task(worker.run(lambda: go_on.wait(10)))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(leave())
    go_on.set()
    assert asyncio.run(worker.run(lambda: 7)) == 7
    worker.close()
