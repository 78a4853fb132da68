"""Accounts: one for each name, whoever asks at once; nothing tells who has one."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from headcount.chat.store import (
    Account,
    BadNameError,
    BadPasswordError,
    InvalidTokenError,
    NameTakenError,
    NoSuchAccountError,
    Store,
    ThrottledError,
    WrongPasswordError,
)
from headcount.chat.store.passwords import Passwords
from headcount.chat.store.throttle import PAIR
from tests.chat.store.places import SECRET, Place

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


async def test_an_account_is_found_again(store: Store, other: Store, ana: Account) -> None:
    """By its name and password, in any case and form, on every node."""
    assert (ana.name, ana.role, ana.revoked) == ("Ana", "user", False)
    for name in ("Ana", "ana", "  ANA ", "ａｎａ"):
        assert await other.accounts.verify(name, SECRET) == ana
    assert await store.accounts.find("aNA") == ana


@pytest.mark.parametrize("name", ["bob", "BoB", "ｂｏｂ", " bob ", "b0b", "bοb", "воb"])
async def test_a_name_is_given_once(store: Store, name: str) -> None:
    """Neither `BoB` nor what looks like `bob` can be registered beside `bob`."""
    await store.accounts.register("bob", SECRET)
    with pytest.raises((NameTakenError, BadNameError)):
        await store.accounts.register(name, SECRET)
    assert len(await store.accounts.list()) == 1


async def test_of_many_who_want_a_name_at_once_one_gets_it(store: Store, other: Store) -> None:
    """On two nodes, in several forms."""
    names = ["bob", "BoB", "b0b", "ｂｏｂ"] * 5
    done = await asyncio.gather(
        *([store, other][n % 2].accounts.register(name, SECRET) for n, name in enumerate(names)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done) == ["Account"] + ["NameTakenError"] * 19


async def test_bad_names_and_passwords_are_refused(store: Store) -> None:
    """And why is told; nothing is kept of them."""
    with pytest.raises(BadNameError) as name:
        await store.accounts.register("ab", SECRET)
    with pytest.raises(BadPasswordError) as password:
        await store.accounts.register("abc", "12345")
    assert (name.value.reason, password.value.reason) == ("length", "short")
    assert await store.accounts.list() == []


async def test_names_of_authority_are_an_operators_to_give(store: Store) -> None:
    """A stranger cannot call themselves admin."""
    with pytest.raises(BadNameError):
        await store.accounts.register("Admin", SECRET)
    made = await store.accounts.register("Admin", SECRET, role="admin", operator=True)
    assert made.role == "admin"


async def test_wrong_passwords_and_unknown_names_are_one_error(store: Store, ana: Account) -> None:
    """The same words for both, and for a name that cannot be one."""
    said = set()
    for name, password in (("Ana", "wrong"), ("Ben", SECRET), ("\0", "x"), ("\ud800", "\ud800")):
        with pytest.raises(WrongPasswordError) as refused:
            await store.accounts.verify(name, password)
        said.add(str(refused.value))
    assert len(said) == 1


async def test_failed_logins_are_slowed_down_where_they_come_from(
    store: Store, ana: Account
) -> None:
    """At one address, for one account; its owner logs in from elsewhere all the while."""
    for _ in range(PAIR.failures):
        with pytest.raises(WrongPasswordError):
            await store.accounts.verify("Ana", "wrong", address=HERE)
    with pytest.raises(ThrottledError) as refused:
        await store.accounts.verify("ANA", SECRET, address=HERE)
    assert 0 < refused.value.wait <= PAIR.forgotten
    assert await store.accounts.verify("Ana", SECRET, address=ELSEWHERE) == ana


async def test_a_crowd_of_attempts_is_counted_as_it_fails(store: Store, ana: Account) -> None:
    """A hundred at once try no more passwords than one after another."""
    done = await asyncio.gather(
        *(store.accounts.verify("Ana", f"wrong{n}", address=HERE) for n in range(100)),
        return_exceptions=True,
    )
    tried = [each for each in done if isinstance(each, WrongPasswordError)]
    assert len(tried) <= PAIR.failures + 4
    assert sum(isinstance(each, ThrottledError) for each in done) == 100 - len(tried)


async def test_right_passwords_are_never_slowed_down(store: Store, ana: Account) -> None:
    """However many come at once."""
    done = await asyncio.gather(
        *(store.accounts.verify("Ana", SECRET, address=HERE) for _ in range(50))
    )
    assert done == [ana] * 50


async def test_unknown_names_are_slowed_down_as_well(store: Store) -> None:
    """Being slowed down does not tell that somebody has the name."""
    for _ in range(PAIR.failures):
        with pytest.raises(WrongPasswordError):
            await store.accounts.verify("nobody", "wrong", address=HERE)
    with pytest.raises(ThrottledError):
        await store.accounts.verify("nobody", "wrong", address=HERE)


async def test_a_changed_password_ends_all_logins_but_one(store: Store, ana: Account) -> None:
    """The old one is good for nothing afterwards."""
    here, there = [await store.logins.take(ana.id, "allow") for _ in range(2)]
    with pytest.raises(WrongPasswordError):
        await store.accounts.change_password(ana.id, "wrong", "new secret")
    with pytest.raises(BadPasswordError):
        await store.accounts.change_password(ana.id, SECRET, "short")
    await store.accounts.change_password(ana.id, SECRET, "new secret", keep=here.key)
    assert await store.accounts.verify("Ana", "new secret") == ana
    with pytest.raises(WrongPasswordError):
        await store.accounts.verify("Ana", SECRET)
    assert (await store.logins.verify(here.token)).account == ana
    with pytest.raises(InvalidTokenError):
        await store.logins.verify(there.token)


async def test_a_revoked_account_is_nobodys(store: Store, ana: Account) -> None:
    """Its logins end, its name stays taken, and a new password brings it back."""
    login = await store.logins.take(ana.id)
    assert (await store.accounts.revoke("ANA")).revoked
    for use in (
        store.logins.verify(login.token),
        store.accounts.verify("Ana", SECRET),
        store.accounts.register("ana", SECRET),
    ):
        with pytest.raises((InvalidTokenError, WrongPasswordError, NameTakenError)):
            await use
    assert not (await store.accounts.set_password("ana", "new secret")).revoked
    assert await store.accounts.verify("Ana", "new secret") == ana


async def test_what_an_operator_does_needs_an_account(store: Store) -> None:
    """A name that nobody has is told."""
    for act in (
        store.accounts.find("\0"),
        store.accounts.revoke("nobody"),
        store.accounts.set_role("nobody", "admin"),
        store.accounts.set_password("nobody", SECRET),
    ):
        with pytest.raises(NoSuchAccountError):
            await act


async def test_accounts_are_listed_by_name(store: Store) -> None:
    """All of them, or those with a role."""
    for name in ("Zoé", "ben", "Ana"):
        await store.accounts.register(name, SECRET)
    await store.accounts.set_role("BEN", "admin")
    assert [each.name for each in await store.accounts.list()] == ["Ana", "ben", "Zoé"]
    assert [each.name for each in await store.accounts.list(role="admin")] == ["ben"]


async def test_a_guest_may_use_a_name_that_is_free(store: Store, ana: Account) -> None:
    """No account's, nothing like one, and none that is reserved."""
    for name, free in (("Ben", True), ("aNA", False), ("Апа", True), ("Admin", False), ("x", True)):
        assert await store.accounts.is_free(name) is free, name
    assert await store.accounts.is_free("\0")


async def test_a_hash_made_otherwise_is_made_anew(place: Place) -> None:
    """When the password is next seen, and not before."""
    async with place.open() as store:
        ana = await store.accounts.register("Ana", SECRET)
    dearer = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    async with place.open(passwords=Passwords(hasher=dearer)) as store:
        assert await store.accounts.verify("Ana", SECRET) == ana
    [(kept,)] = await place.rows("SELECT password_hash FROM account")
    assert "t=2" in kept
    assert dearer.verify(kept, SECRET)


async def test_no_password_is_kept(store: Store, place: Place, ana: Account) -> None:
    """Neither in the database nor in what is printed."""
    rows = await place.rows("SELECT * FROM account")
    assert SECRET not in str(rows)
    assert SECRET not in repr(ana)
