"""History: contiguous numbers, pages, and what is removed."""

from __future__ import annotations

import asyncio

import pytest

from headcount.chat.store import (
    Account,
    Draft,
    Message,
    Page,
    Reply,
    Store,
    StoreError,
    StoreUnavailableError,
)
from headcount.errors import BadInputError
from tests.chat.store.places import Place

LOBBY = "lobby"


def said(text: str, **more: object) -> Draft:
    """Return a guest's message for the lobby."""
    return Draft(**{"room": LOBBY, "pseudo": "Zed", "text": text, "guest": "z", **more})  # type: ignore[arg-type]


async def say(store: Store, *texts: str) -> list[Message]:
    """Say something in the lobby, one after another."""
    return [(await store.history.add(said(text))).message for text in texts]


def ids(page: Page) -> list[int]:
    """Return the numbers on a page."""
    return [message.id for message in page.messages]


async def test_what_is_said_is_kept(store: Store, other: Store, ana: Account) -> None:
    """As it was said, with a number, a time, and who said it."""
    draft = Draft(LOBBY, "Ana", "« été » 🎉 <b>", user_id=ana.id)
    stored = await store.history.add(draft)
    assert stored.is_new
    message = stored.message
    assert (message.id, message.user_id, message.text) == (1, ana.id, draft.text)
    assert (message.created_at - ana.created_at).total_seconds() < 60
    assert (await other.history.read(LOBBY)).messages == (message,)


async def test_numbers_are_contiguous_on_two_nodes_at_once(store: Store, other: Store) -> None:
    """In each room, from 1 on, none twice, and those of one sender in the order of sending."""
    rooms = ("a", "b", "c")
    work = [(store, other)[n % 2].history.add(said(str(n), room=rooms[n % 3])) for n in range(600)]
    stored = [each.message for each in await asyncio.gather(*work)]
    for room in rooms:
        numbers = [message.id for message in stored if message.room == room]
        assert sorted(numbers) == list(range(1, 201))
    for node in (0, 1):
        mine = [message for n, message in enumerate(stored) if n % 6 == node]  # of room "a"
        assert [m.id for m in mine] == sorted(m.id for m in mine)


async def test_the_order_of_numbers_is_the_order_of_commits(store: Store, other: Store) -> None:
    """Who reads while others write never sees a number and lacks a smaller one."""
    writing = asyncio.gather(
        *((store, other)[n % 2].history.add(said(str(n))) for n in range(400)),
    )
    while not writing.done():
        page = await other.history.read(LOBBY, limit=1000)
        assert ids(page) == list(range(page.last, 0, -1))
    await writing
    assert (await store.history.read(LOBBY)).last == 400


async def test_they_are_told_in_the_order_of_their_numbers(store: Store) -> None:
    """So that who broadcasts when it is told broadcasts in order."""
    told: list[int] = []
    futures = [store.history.submit(said(str(n))) for n in range(50)]
    for future in futures:
        future.add_done_callback(lambda done: told.append(done.result().message.id))
    await asyncio.gather(*futures)
    assert told == list(range(1, 51))


async def test_one_ref_of_one_sender_is_stored_once(store: Store, other: Store) -> None:
    """At once, later, on another node; others may use the same."""
    work = [(store, other)[n % 2].history.add(said("x", ref="r")) for n in range(20)]
    stored = await asyncio.gather(*work)
    assert [each.is_new for each in stored].count(True) == 1
    assert {each.message.id for each in stored} == {1}
    again = await other.history.add(said("another text", ref="r"))
    assert (again.is_new, again.message.text) == (False, "x")
    assert (await store.history.add(said("x", ref="r", guest="y"))).message.id == 2
    assert (await store.history.add(said("x", ref="s"))).message.id == 3
    assert (await store.history.add(said("x", ref="r", room="b"))).message.id == 1
    assert ids(await store.history.read(LOBBY)) == [3, 2, 1]


async def test_a_reply_in_the_same_group_knows_what_it_replies_to(store: Store) -> None:
    """Both wait to be stored at once."""
    drafts = [said("first"), said("second", reply_to=1), said("third", reply_to=2)]
    done = [store.history.submit(draft) for draft in drafts]
    stored = [each.message for each in await asyncio.gather(*done)]
    assert [message.reply and message.reply.text for message in stored] == [None, "first", "second"]


async def test_a_reply_shows_what_it_replies_to(store: Store) -> None:
    """Resolved when it is stored, when it is read, and no more once that is deleted."""
    [first] = await say(store, "first")
    reply = (await store.history.add(said("reply", reply_to=1, pseudo="Bob"))).message
    assert reply.reply == Reply(first.id, first.pseudo, first.text)
    assert (await store.history.read(LOBBY)).messages[0] == reply
    for nothing in (99, 0, -1, 2**70):
        assert (await store.history.add(said("x", reply_to=nothing))).message.reply is None
    assert await store.history.delete(LOBBY, 1)
    found = (await store.history.read(LOBBY, after=1, limit=1)).messages[0]
    assert (found.id, found.reply) == (2, None)


async def test_pages_lead_through_a_room(store: Store) -> None:
    """Newest first, older and newer ones next to a bound, with no gap between two pages."""
    await say(store, *"abcdefghij")
    read = store.history.read
    page = await read(LOBBY, limit=4)
    assert (ids(page), page.last, page.more, page.complete) == ([10, 9, 8, 7], 10, True, True)
    assert ids(await read(LOBBY, limit=4, before=7)) == [6, 5, 4, 3]
    page = await read(LOBBY, limit=4, before=3)
    assert (ids(page), page.more) == ([2, 1], False)
    page = await read(LOBBY, limit=4, after=4)
    assert (ids(page), page.more) == ([8, 7, 6, 5], True)
    page = await read(LOBBY, limit=4, after=8)
    assert (ids(page), page.more) == ([10, 9], False)
    assert ids(await read(LOBBY, limit=4, after=2, before=5)) == [4, 3]
    assert ids(await read(LOBBY, before=-5)) == []
    assert ids(await read(LOBBY, after=2**80)) == []
    assert await store.history.count(LOBBY) == 10


async def test_a_room_nobody_has_spoken_in_is_empty(store: Store) -> None:
    """Which is no error; nothing was missed there."""
    assert await store.history.read("nowhere") == Page((), 0, more=False, complete=True)
    assert (await store.history.read("nowhere", after=0)).complete
    assert not (await store.history.read("nowhere", after=3)).complete
    assert await store.history.count("nowhere") == 0
    assert await store.history.clear("nowhere") == 0
    assert not await store.history.delete("nowhere", 1)
    await store.history.drop("nowhere")


async def test_a_cleared_room_is_empty_and_counts_on(store: Store) -> None:
    """Who comes back from before learns that not all can be recovered."""
    await say(store, "a", "b", "c")
    await store.history.add(said("elsewhere", room="b"))
    assert await store.history.clear(LOBBY) == 3
    [fourth] = await say(store, "d")
    assert fourth.id == 4
    assert not (await store.history.read(LOBBY, after=2)).complete
    page = await store.history.read(LOBBY, after=3)
    assert (ids(page), page.complete) == ([4], True)
    assert not (await store.history.read(LOBBY, after=9)).complete, "it never was at 9"
    assert await store.history.count("b") == 1


async def test_a_deleted_message_leaves_a_hole(store: Store) -> None:
    """Which nobody takes for something that was missed."""
    await say(store, "a", "b", "c")
    assert await store.history.delete(LOBBY, 2)
    assert not await store.history.delete(LOBBY, 2)
    assert not await store.history.delete(LOBBY, 2**70)
    page = await store.history.read(LOBBY, after=1)
    assert (ids(page), page.complete) == ([3], True)


async def test_a_room_can_be_forgotten(store: Store) -> None:
    """With its numbers."""
    await say(store, "a", "b")
    await store.history.drop(LOBBY)
    assert ids(await store.history.read(LOBBY)) == []
    assert [message.id for message in await say(store, "c")] == [1]


async def test_what_is_too_much_is_deleted(store: Store) -> None:
    """The newest of every room stay."""
    await say(store, *"abcde")
    await store.history.add(said("elsewhere", room="b"))
    assert await store.history.retain(max_number=2) == 3
    assert await store.history.retain(max_number=2) == 0
    assert ids(await store.history.read(LOBBY)) == [5, 4]
    assert (await store.history.read(LOBBY, after=3)).complete
    assert not (await store.history.read(LOBBY, after=2)).complete
    assert await store.history.count("b") == 1


async def test_what_is_too_old_is_deleted(place: Place, store: Store) -> None:
    """By the database's clock."""
    await say(store, "old")
    await place.pass_time(3600)
    await say(store, "young")
    assert await store.history.retain(max_age=7200) == 0
    assert await store.history.retain() == 0
    assert await store.history.retain(max_age=1800, max_number=100) == 1
    assert ids(await store.history.read(LOBBY)) == [2]
    assert await store.history.retain(max_number=0) == 1


async def test_a_message_of_nobody_spoils_none_of_its_group(store: Store) -> None:
    """Those stored with it are stored, and have contiguous numbers."""
    drafts = [said("a"), Draft(LOBBY, "Ghost", "boo", user_id=99), said("b")]
    done = await asyncio.gather(*map(store.history.add, drafts), return_exceptions=True)
    assert isinstance(done[1], StoreError)
    assert ids(await store.history.read(LOBBY)) == [2, 1]


async def test_a_store_that_closes_keeps_what_it_has_taken(place: Place) -> None:
    """And takes no more."""
    async with place.open() as store:
        futures = [store.history.submit(said(str(n))) for n in range(1200)]
    assert [future.result().message.id for future in futures] == list(range(1, 1201))
    with pytest.raises(StoreUnavailableError):
        store.history.submit(said("late"))
    async with place.open() as store:
        assert await store.history.count(LOBBY) == 1200


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_page_has_a_size(store: Store, limit: int) -> None:
    """From 1 to 1000."""
    with pytest.raises(BadInputError):
        await store.history.read(LOBBY, limit=limit)
    with pytest.raises(BadInputError):
        await store.history.retain(max_number=-1)
    with pytest.raises(BadInputError):
        await store.history.read("")
