"""Logins: leases by the database's clock, and what touches no row."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from headcount.chat.store import (
    Account,
    AlreadyLoggedInError,
    Hold,
    InvalidTokenError,
    Issued,
    NoSuchAccountError,
    Store,
)
from headcount.chat.store.logins import IDLE, LEASE, LIFETIME, SameAccount, key_of
from tests.chat.store.places import Place


async def taken(store: Store, account: Account, how: SameAccount = "reject") -> Issued | None:
    """Return what a login gives, None where it is refused."""
    try:
        return await store.logins.take(account.id, how)
    except AlreadyLoggedInError:
        return None


async def test_of_twenty_logins_at_once_exactly_one_succeeds(
    store: Store, other: Store, ana: Account
) -> None:
    """Whichever node they come to, one of them takes the account."""
    results = await asyncio.gather(*(taken([store, other][n % 2], ana) for n in range(20)))
    [won] = [result for result in results if result is not None]
    assert (await other.logins.verify(won.token)).account == ana


async def test_of_twenty_that_replace_each_other_one_token_is_left(
    store: Store, other: Store, ana: Account
) -> None:
    """The last wins, and each tells which one it has ended."""
    results = [
        result
        for result in await asyncio.gather(
            *(taken([store, other][n % 2], ana, "replace") for n in range(20))
        )
        if result is not None
    ]
    assert len(results) == 20
    ended = [key for result in results for key in result.ended]
    [left] = {result.key for result in results} - set(ended)
    assert len(ended) == 19
    good = []
    for result in results:
        with contextlib.suppress(AlreadyLoggedInError):
            good.append((await store.logins.verify(result.token)).key)
    assert good == [left]


async def test_logins_that_are_allowed_stand_side_by_side(
    store: Store, other: Store, ana: Account
) -> None:
    """Under `allow` each login has a token and a lease of its own."""
    one, two = await store.logins.take(ana.id, "allow"), await other.logins.take(ana.id, "allow")
    first = await store.logins.attach(one.key, "a", shared=True)
    second = await other.logins.attach(two.key, "b", shared=True)
    third = await other.logins.attach(one.key, "b", shared=True)
    assert await store.logins.renew([first.hold, second.hold, third.hold]) == {}
    assert await taken(store, ana) is None, "but who rejects finds them held"


async def test_a_login_nobody_attaches_to_holds_the_account_for_one_lease(
    place: Place, store: Store, ana: Account
) -> None:
    """Then another one may log in, and who has the first token is told so, while it is in use."""
    first = await store.logins.take(ana.id)
    await place.pass_time(LEASE - 1)
    assert await taken(store, ana) is None
    await place.pass_time(1)
    second = await store.logins.take(ana.id)
    assert second.ended == (first.key,)
    for use in (store.logins.attach(first.key, "a"), store.logins.verify(first.token)):
        with pytest.raises(AlreadyLoggedInError):
            await use
    await store.logins.release((await store.logins.attach(second.key, "a")).hold)
    with pytest.raises(InvalidTokenError):
        await store.logins.attach(first.key, "a")


async def test_a_lease_that_is_renewed_goes_on(place: Place, store: Store, ana: Account) -> None:
    """However often its time would have been over."""
    hold = (await store.logins.attach((await store.logins.take(ana.id)).key, "a")).hold
    for _ in range(4):
        await place.pass_time(LEASE - 1)
        assert await taken(store, ana) is None
        assert await store.logins.renew([hold]) == {}


async def test_a_lease_that_has_lapsed_can_be_renewed_until_somebody_takes_the_account(
    place: Place, store: Store, ana: Account
) -> None:
    """A node that was held up goes on, unless it is too late."""
    hold = (await store.logins.attach((await store.logins.take(ana.id)).key, "a")).hold
    await place.pass_time(LEASE)
    assert await store.logins.renew([hold]) == {}
    assert await taken(store, ana) is None


async def test_attaching_on_another_node_voids_what_the_first_still_does(
    store: Store, other: Store, ana: Account
) -> None:
    """A late renewal or release from the old node touches no row."""
    token = (await store.logins.take(ana.id)).token
    old = (await store.logins.attach(key_of(token), "a")).hold
    new = (await other.logins.attach(key_of(token), "b")).hold
    assert new.attach_seq > old.attach_seq
    assert await store.logins.renew([old, new]) == {old: "taken"}
    assert not await store.logins.release(old)
    assert await taken(store, ana) is None
    assert await other.logins.release(new)
    assert await taken(store, ana) is not None


async def test_a_token_attaches_again_until_the_account_is_taken(
    store: Store, ana: Account
) -> None:
    """A reload after the release is let in; after another login it is not."""
    token = (await store.logins.take(ana.id)).token
    await store.logins.release((await store.logins.attach(key_of(token), "a")).hold)
    hold = (await store.logins.attach(key_of(token), "a")).hold
    assert await taken(store, ana) is None
    await store.logins.release(hold)
    await store.logins.take(ana.id)
    assert await store.logins.renew([hold]) == {hold: "taken"}
    assert not await store.logins.release(hold)
    with pytest.raises(AlreadyLoggedInError):
        await store.logins.attach(key_of(token), "a")


async def test_a_release_that_comes_late_does_not_free_a_reload(store: Store, ana: Account) -> None:
    """The connection that attached meanwhile keeps the account, on the same node too."""
    token = (await store.logins.take(ana.id)).token
    old = (await store.logins.attach(key_of(token), "a")).hold
    await store.logins.attach(key_of(token), "a")
    assert not await store.logins.release(old)
    assert await taken(store, ana) is None


async def test_a_registration_takes_nothing(store: Store, ana: Account) -> None:
    """Its token may attach, and a login goes before it."""
    issued = await store.logins.issue(ana.id)
    hold = (await store.logins.attach(issued.key, "a")).hold
    assert await taken(store, ana) is None
    await store.logins.release(hold)
    login = await store.logins.take(ana.id)
    assert login.ended == (issued.key,)


async def test_logging_out_ends_a_token_at_once(store: Store, other: Store, ana: Account) -> None:
    """On every node, for every use, and it frees the account."""
    token = (await store.logins.take(ana.id)).token
    hold = (await store.logins.attach(key_of(token), "a")).hold
    ended = await other.logins.revoke(f"Bearer {token}")
    assert ended is not None
    assert (ended.account, ended.key) == (ana, hold.key)
    assert await other.logins.revoke(token) is None
    assert await store.logins.renew([hold]) == {hold: "ended"}
    for use in (store.logins.verify(token), store.logins.attach(key_of(token), "a")):
        with pytest.raises(InvalidTokenError):
            await use
    assert await taken(store, ana) is not None


async def test_all_logins_of_an_account_can_be_ended(store: Store, ana: Account) -> None:
    """And of that account only."""
    ben = await store.accounts.register("Ben", "correct horse")
    kept = await store.logins.take(ben.id)
    keys = {(await store.logins.take(ana.id, "allow")).key for _ in range(3)}
    assert set(await store.logins.revoke_all(ana.id)) == keys
    assert (await store.logins.verify(kept.token)).account == ben


async def test_tokens_expire_unless_they_are_used(place: Place, store: Store, ana: Account) -> None:
    """Then they are good for nothing, and forgotten."""
    unused = await store.logins.take(ana.id, "allow")
    used = await store.logins.take(ana.id, "allow")
    hold = (await store.logins.attach(used.key, "a")).hold
    for _ in range(2):
        await place.pass_time(IDLE - 60)
        assert await store.logins.renew([hold]) == {}
    with pytest.raises(InvalidTokenError):
        await store.logins.verify(unused.token)
    assert await store.logins.sweep() == 1
    assert (await store.logins.verify(used.token)).key == hold.key


async def test_no_token_outlives_its_lifetime(place: Place, store: Store, ana: Account) -> None:
    """However much it is used."""
    issued = await store.logins.take(ana.id)
    hold = (await store.logins.attach(issued.key, "a")).hold
    lived = 0.0
    while lived < LIFETIME - IDLE:
        await place.pass_time(IDLE - 60)
        lived += IDLE - 60
        assert await store.logins.renew([hold]) == {}
    login = await store.logins.verify(issued.token)
    assert (login.expires_at - datetime.now(UTC)).total_seconds() < LIFETIME - lived + 60
    await place.pass_time(LIFETIME - lived)
    assert await store.logins.renew([hold]) == {hold: "ended"}


async def test_many_leases_are_renewed_together(store: Store, ana: Account) -> None:
    """More than fit into one statement; the lost ones are told exactly."""
    issued = [await store.logins.take(ana.id, "allow") for _ in range(250)]
    holds = [Hold(each.key, 0) for each in issued]
    lost = {replace(holds[7], attach_seq=1): "taken", Hold(key_of("nobody's"), 0): "ended"}
    assert await store.logins.renew([*holds, *lost]) == lost
    assert await store.logins.renew([]) == {}


async def test_what_is_no_account_cannot_log_in(store: Store, ana: Account) -> None:
    """Neither an unknown one nor one that was revoked; a token that is none is told."""
    with pytest.raises(NoSuchAccountError):
        await store.logins.take(ana.id + 1)
    token = (await store.logins.take(ana.id)).token
    await store.accounts.revoke("ana")
    for take in (store.logins.take(ana.id), store.logins.issue(ana.id)):
        with pytest.raises(NoSuchAccountError):
            await take
    for text in (token, "", "Bearer ", "\0", "\ud800", "x" * 10_000):
        with pytest.raises(InvalidTokenError):
            await store.logins.verify(text)


async def test_the_database_has_no_token(store: Store, place: Place, ana: Account) -> None:
    """Neither does what is printed; only its hash is kept."""
    issued = await store.logins.take(ana.id)
    assert issued.token not in repr(issued)
    assert issued.key == key_of(issued.token)
    rows = await place.rows("SELECT * FROM login")
    assert issued.token not in str(rows)
    assert issued.key in str(rows)
