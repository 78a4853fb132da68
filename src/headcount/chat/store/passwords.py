"""Passwords: hashed with Argon2id in threads of their own, a few at once, never on the loop."""

from __future__ import annotations

import asyncio
import os
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from headcount.chat.store.errors import BadPasswordError, BusyError

T = TypeVar("T")

SHORTEST: Final = 6
LONGEST: Final = 256
MOST_WAITING: Final = 200
"""Passwords that may wait for a thread; more are refused, so that a flood costs no memory."""

_TIME_COST: Final = 2
_MEMORY_COST: Final = 19 * 1024  # kiB: the second of OWASP's equal choices, 30 ms on a laptop
_PARALLELISM: Final = 1


def check(password: str) -> None:
    """Make sure that an account may have a password.

    Raises:
        BadPasswordError: it may not; `reason` is `short` (under 6 characters), `long` (over
            256) or `characters` (half of a sign, as broken JSON may hold it).
    """
    if len(password) < SHORTEST:
        raise BadPasswordError("short", f"a password has at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise BadPasswordError("long", f"a password has at most {LONGEST} characters")
    if any("\ud800" <= sign <= "\udfff" for sign in password):
        raise BadPasswordError("characters", "the password holds half of a character")


class Passwords:
    """Hashes and compares passwords.

    Arguments:
        threads: how many at once; by default all processors but one, four at most.
        hasher: how; what was hashed otherwise is hashed anew when it is next seen.
    """

    def __init__(self, *, threads: int | None = None, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(_TIME_COST, _MEMORY_COST, _PARALLELISM)
        at_once = threads or max(1, min(4, (os.cpu_count() or 1) - 1))
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="password")
        self._turns = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """Return what to keep of a password.

        Raises:
            BusyError: too many wait already.
        """
        return await self._run(lambda: self._hasher.hash(_bytes(password)))

    async def matches(
        self,
        kept: str | None,
        password: str,
        *,
        admitted: Callable[[], object] | None = None,
    ) -> bool:
        """Return whether a password is the one that `kept` was made from.

        Arguments:
            kept: what `hash` returned; None for an account that is not there, which takes as long.
            password: what was given.
            admitted: called when its turn has come; what it raises ends it.

        Raises:
            BusyError: too many wait already.
        """
        if self._nobodys is None:
            self._nobodys = await self.hash(secrets.token_hex())
        known = self._nobodys if kept is None else kept

        def compare() -> bool:
            return self._verify(known, password[: LONGEST + 1]) and kept is not None

        return await self._run(compare, admitted)

    def is_old(self, kept: str) -> bool:
        """Return whether it was hashed otherwise than is done now."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """End the threads, once they are through with what they have begun."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T], admitted: Callable[[], object] | None = None) -> T:
        if self._waiting >= MOST_WAITING:
            raise BusyError("too many passwords wait to be checked: try again in a moment")

        self._waiting += 1
        try:
            async with self._turns:
                if admitted is not None:
                    admitted()
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _bytes(password: str) -> bytes:
    """Return a password as it is hashed: the same for each way a keyboard composes it."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
