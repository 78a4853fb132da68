"""Group commits, with a commit that the test holds in its hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from headcount.chat.store import BusyError, StoreUnavailableError
from headcount.chat.store import groups as module
from headcount.chat.store.groups import Groups


class Disk:
    """Commits when it is let; notes what it was given."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.free = asyncio.Event()
        self.free.set()

    async def commit(self, items: Sequence[int]) -> list[int]:
        """Fail for negative items, else return each one's square."""
        self.groups.append(list(items))
        await self.free.wait()
        if min(items) < 0:
            raise ValueError("negative")
        return [item * item for item in items]


def blames_one(error: Exception) -> bool:
    """Tell that one of a group is to blame."""
    return isinstance(error, ValueError)


async def test_what_comes_during_a_commit_is_committed_together() -> None:
    """The first alone and at once, the others after it, in order."""
    disk = Disk()
    groups = Groups(disk.commit, blames_one)
    disk.free.clear()
    first = groups.submit(1)
    while not disk.groups:
        await asyncio.sleep(0)
    others = [groups.submit(n) for n in (2, 3, 4)]
    await asyncio.sleep(0)
    disk.free.set()
    assert await asyncio.gather(first, *others) == [1, 4, 9, 16]
    assert disk.groups == [[1], [2, 3, 4]]
    await groups.close()


async def test_one_that_fails_fails_alone() -> None:
    """The others of its group are committed after all."""
    disk = Disk()
    groups = Groups(disk.commit, blames_one)
    done = await asyncio.gather(*map(groups.submit, (1, -2, 3)), return_exceptions=True)
    assert [done[0], done[2]] == [1, 9]
    assert isinstance(done[1], ValueError)
    await groups.close()


async def test_where_none_is_to_blame_all_are_told() -> None:
    """As when the database is gone; the next group has its own chance."""
    disk = Disk()
    groups = Groups(disk.commit, lambda error: False)
    done = await asyncio.gather(*map(groups.submit, (1, -2, 3)), return_exceptions=True)
    assert [type(each) for each in done] == [ValueError] * 3
    assert await groups.submit(4) == 16
    await groups.close()


async def test_what_nobody_waits_for_any_more_is_not_committed() -> None:
    """Unless it was begun."""
    disk = Disk()
    groups = Groups(disk.commit, blames_one)
    disk.free.clear()
    begun = groups.submit(1)
    while not disk.groups:
        await asyncio.sleep(0)
    waiting, kept = groups.submit(2), groups.submit(3)
    begun.cancel()
    waiting.cancel()
    disk.free.set()
    assert await kept == 9
    assert disk.groups == [[1], [3]]
    await groups.close()


async def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """More is refused at once."""
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    groups = Groups(Disk().commit, blames_one)
    futures = [groups.submit(1), groups.submit(2)]
    with pytest.raises(BusyError):
        groups.submit(3)
    assert await asyncio.gather(*futures) == [1, 4]
    await groups.close()


async def test_a_group_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is the next one."""
    monkeypatch.setattr(module, "LARGEST", 2)
    disk = Disk()
    groups = Groups(disk.commit, blames_one)
    await asyncio.gather(*map(groups.submit, range(5)))
    assert [len(group) for group in disk.groups] == [2, 2, 1]
    await groups.close()


async def test_closing_commits_what_waits_and_takes_no_more() -> None:
    """Closing twice changes nothing."""
    groups = Groups(Disk().commit, blames_one)
    future = groups.submit(5)
    await groups.close()
    await groups.close()
    assert future.result() == 25
    with pytest.raises(StoreUnavailableError):
        groups.submit(6)


async def test_nobody_waits_for_ever_when_the_writer_is_cancelled() -> None:
    """As at the end of a loop: what was begun and what waits are cancelled with it."""
    disk = Disk()
    groups = Groups(disk.commit, blames_one)
    disk.free.clear()
    begun = groups.submit(1)
    while not disk.groups:
        await asyncio.sleep(0)
    waiting = groups.submit(2)
    [writer] = [task for task in asyncio.all_tasks() if task.get_name() == "groups"]
    writer.cancel()
    await asyncio.wait({begun, waiting}, timeout=5)
    assert begun.cancelled()
    assert waiting.cancelled()
    with pytest.raises(StoreUnavailableError):
        groups.submit(3)
    await groups.close()
