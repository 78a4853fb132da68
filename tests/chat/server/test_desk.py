"""The store's answers: each question has exactly one, whatever the store does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from headcount.chat.hub import effects as x
from headcount.chat.hub import inputs as n
from headcount.chat.server.desk import Desk
from headcount.chat.server.names import RoomNames
from headcount.chat.store import Store, StoreUnavailableError
from tests.chat.store.places import SECRET, Place


class Answers:
    """What the hub is told."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[n.Input] = asyncio.Queue()

    async def next(self) -> n.Input:
        """Return the next answer."""
        return await asyncio.wait_for(self.queue.get(), 10)


@pytest.fixture
async def store(place: Place) -> AsyncIterator[Store]:
    """Give an open store."""
    async with place.open() as opened:
        yield opened


@pytest.fixture
def answers() -> Answers:
    """Give where answers go."""
    return Answers()


@pytest.fixture
async def desk(store: Store, answers: Answers) -> Desk:
    """Give a desk."""
    return Desk(store, "n1", shared=False, names=RoomNames(), answer=answers.queue.put_nowait)


async def test_a_login_from_token_to_release(desk: Desk, answers: Answers, store: Store) -> None:
    """Identified, attached, renewed; after its release it is still good, until it is taken."""
    ana = await store.accounts.register("Ana", SECRET)
    issued = await store.logins.take(ana.id)
    desk.identify(x.Identify(1, "c", issued.token))
    assert await answers.next() == n.Identified(1, ana.id, "Ana", "user", issued.key)
    desk.attach(x.Attach(2, ana.id, issued.key))
    attached = await answers.next()
    assert isinstance(attached, n.Attached)
    assert desk.logins_of(ana.id) == {issued.key}
    desk.renew(x.Renew(3, ana.id, issued.key, attached.seq))
    desk.renew(x.Renew(4, ana.id, issued.key, attached.seq + 1))
    assert await answers.next() == n.Renewed(3)
    assert await answers.next() == n.LoginLost(issued.key, attached.seq + 1)
    desk.release(x.Release(ana.id, issued.key, attached.seq))
    await desk.drain(5)
    assert desk.logins_of(ana.id) == set()
    taken = await store.logins.take(ana.id)
    desk.renew(x.Renew(4, ana.id, issued.key, attached.seq))
    assert await answers.next() == n.LoginLost(issued.key, attached.seq)
    desk.identify(x.Identify(5, "c", issued.token))
    assert await answers.next() == n.NotIdentified(5, "taken")
    desk.attach(x.Attach(6, ana.id, "nonsense"))
    assert await answers.next() == n.NotAttached(6, "invalid")
    await store.accounts.revoke("Ana")
    desk.renew(x.Renew(7, ana.id, taken.key, 0))
    assert await answers.next() == n.LoginLost(taken.key, 0, replaced=False)


async def test_messages_and_their_history(desk: Desk, answers: Answers) -> None:
    """In the order in which they were given; what is deleted is simply not there."""
    for request in range(1, 4):
        desk.store(x.Store(request, "c", "lobby", "guest:c", None, "Zed", f"m{request}"))
    stored = [await answers.next() for _ in range(3)]
    numbers = [(s.request, s.message.number) for s in stored if isinstance(s, n.Stored)]
    assert numbers == [(1, 1), (2, 2), (3, 3)]
    desk.load(x.LoadRoom("lobby"))
    assert await answers.next() == n.RoomLoaded("lobby", 3)
    desk.delete(x.Delete(4, "lobby", 2, "root"))
    assert await answers.next() == n.MessageDeleted("lobby", 2, 4)
    desk.fetch(x.Fetch(5, "lobby", 0, 3))
    fetched = await answers.next()
    assert isinstance(fetched, n.Fetched)
    assert ([m.text for m in fetched.messages], fetched.complete) == (["m1", "m3"], True)
    desk.clear(x.Clear(6, "lobby", "root"))
    cleared = await answers.next()
    assert isinstance(cleared, n.RoomCleared)
    assert (cleared.last, cleared.by) == (3, "root")
    desk.fetch(x.Fetch(7, "lobby", 0, 3))
    fetched = await answers.next()
    assert isinstance(fetched, n.Fetched)
    assert (fetched.messages, fetched.complete) == ((), False)


async def test_what_no_database_keeps_is_not_stored(desk: Desk, answers: Answers) -> None:
    """And the connection is told, later: never from within its own frame."""
    desk.store(x.Store(1, "c", "lobby", "guest:c", None, "Zed", "half \ud800"))
    assert answers.queue.empty()
    assert await answers.next() == n.NotStored(1)


async def test_names(desk: Desk, answers: Answers, store: Store) -> None:
    """That of an account is taken."""
    await store.accounts.register("Ana", SECRET)
    desk.check_name(x.CheckName(1, "aNA"))
    assert await answers.next() == n.NameTaken(1)
    desk.check_name(x.CheckName(2, "Zed"))
    assert await answers.next() == n.NameFree(2)


Ask = Callable[[Desk], None]
ASKED: list[tuple[Ask, n.Input]] = [
    (lambda d: d.identify(x.Identify(1, "c", "t")), n.NotIdentified(1, "unavailable")),
    (lambda d: d.attach(x.Attach(1, 1, "l")), n.NotAttached(1, "unavailable")),
    (lambda d: d.renew(x.Renew(1, 1, "l", 1)), n.NotRenewed(1)),
    (lambda d: d.check_name(x.CheckName(1, "Zed")), n.NameTaken(1, "unavailable")),
    (
        lambda d: d.store(x.Store(1, "c", "lobby", "guest:c", None, "Zed", "m")),
        n.NotStored(1),
    ),
    (lambda d: d.fetch(x.Fetch(1, "lobby", 0, 3)), n.NotFetched(1)),
    (lambda d: d.delete(x.Delete(1, "lobby", 1, "root")), n.NotDone(1)),
    (lambda d: d.clear(x.Clear(1, "lobby", "root")), n.NotDone(1)),
]


class Gone:
    """A store whose database is gone."""

    def __getattr__(self, name: str) -> Any:
        if name in ("accounts", "history", "logins"):
            return self

        def refuse(*_: Any, **__: Any) -> Any:
            raise StoreUnavailableError("the database is gone")

        async def refuse_later(*_: Any, **__: Any) -> Any:
            refuse()

        return refuse if name == "submit" else refuse_later


@pytest.mark.parametrize(("ask", "answer"), ASKED, ids=[type(a).__name__ for _, a in ASKED])
async def test_a_database_that_is_gone_is_an_answer_too(
    answers: Answers, ask: Ask, answer: n.Input
) -> None:
    """Every question has one; a release has none, and a room's number is asked for again."""
    put = answers.queue.put_nowait
    desk = Desk(cast(Store, Gone()), "n1", shared=False, names=RoomNames(), answer=put)
    ask(desk)
    assert await answers.next() == answer
    desk.release(x.Release(1, "l", 1))
    desk.load(x.LoadRoom("lobby"))
    await desk.drain(0.1)
    assert answers.queue.empty()
