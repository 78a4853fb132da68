"""Passwords: hashed off the loop, a few at once."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from headcount.chat.store import BadPasswordError, BusyError
from headcount.chat.store import passwords as module
from headcount.chat.store.passwords import Passwords, check
from tests.chat.store.places import cheap


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    """Give one that costs no time."""
    made = Passwords(hasher=cheap())
    yield made
    made.close()


class Counting(PasswordHasher):
    """Notes how many are at work at once, and how often it was asked."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.at_once = self.most = self.asked = 0
        self.lock = threading.Lock()

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
        """Compare, and take some time."""
        with self.lock:
            self.asked += 1
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        time.sleep(0.01)
        with self.lock:
            self.at_once -= 1
        return super().verify(hash, password)


async def test_a_password_matches_what_was_kept_of_it(passwords: Passwords) -> None:
    """In every Unicode form that a keyboard gives, and nothing else does."""
    kept = await passwords.hash("Zoé's secret")
    assert await passwords.matches(kept, "Zoe\u0301's secret")
    for other in ("zoé's secret", "", "Zoé's secret ", "\ud800", "x" * 100_000):
        assert not await passwords.matches(kept, other)
    assert not await passwords.matches("no hash", "Zoé's secret")


async def test_no_more_than_a_few_are_hashed_at_once() -> None:
    """So that whoever logs in leaves processors to the others."""
    hasher = Counting()
    passwords = Passwords(threads=2, hasher=hasher)
    kept = await passwords.hash("secret")
    await asyncio.gather(*(passwords.matches(kept, "secret") for _ in range(20)))
    passwords.close()
    assert (hasher.most, hasher.asked) == (2, 20)


async def test_the_loop_goes_on_meanwhile() -> None:
    """With what hashing really costs, nothing else waits for as long as one of them takes."""
    passwords = Passwords(threads=1)
    kept = await passwords.hash("secret")
    work = asyncio.gather(*(passwords.matches(kept, "secret") for _ in range(5)))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    passwords.close()
    assert await work == [True] * 5
    assert turns > 10


async def test_nobodys_password_is_compared_as_well() -> None:
    """So that the time tells nothing: the same work for an account that is not there."""
    hasher = Counting()
    passwords = Passwords(threads=1, hasher=hasher)
    assert not await passwords.matches(None, "secret")
    passwords.close()
    assert hasher.asked == 1


async def test_a_flood_is_refused(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is bounded; afterwards all is well again."""
    monkeypatch.setattr(module, "MOST_WAITING", 3)
    done = await asyncio.gather(
        *(passwords.hash("secret") for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(each, BusyError) for each in done) == 7
    assert await passwords.hash("secret")


async def test_who_is_not_admitted_in_turn_costs_nothing() -> None:
    """What `admitted` raises ends it before anything is compared."""
    hasher = Counting()
    passwords = Passwords(threads=1, hasher=hasher)
    kept = await passwords.hash("secret")

    def refuse() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await passwords.matches(kept, "secret", admitted=refuse)
    passwords.close()
    assert hasher.asked == 0


async def test_other_parameters_are_noticed(passwords: Passwords) -> None:
    """Only what was hashed otherwise is old."""
    assert not passwords.is_old(await passwords.hash("secret"))
    assert passwords.is_old(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash("x"))


@pytest.mark.parametrize(
    ("password", "reason"),
    [("12345", "short"), ("x" * 257, "long"), ("abcdef\ud800", "characters")],
)
def test_bad_passwords_are_refused_for_a_reason(password: str, reason: str) -> None:
    """And good ones are not."""
    with pytest.raises(BadPasswordError) as refused:
        check(password)
    assert refused.value.reason == reason
    check("123456")
