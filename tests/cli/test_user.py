"""`headcount user`: accounts from the command line, as the server finds them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from headcount.chat.store import Account, InvalidTokenError, Issued, Store, WrongPasswordError
from tests.cli.instance import events, headcount

T = TypeVar("T")
SECRET = "correct horse"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Give a data directory that is not there yet."""
    return tmp_path / "data"


def user(data: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run `headcount user`."""
    return headcount("user", *arguments, "--data", str(data), typed=typed)


def added(data: Path, *arguments: str, password: str = SECRET) -> None:
    """Add an account."""
    ended = user(data, "add", *arguments, typed=f"{password}\n")
    assert ended.returncode == 0, ended.stderr


def stored(data: Path, use: Callable[[Store], Awaitable[T]]) -> T:
    """Open the store, as the server does, and use it."""

    async def whole() -> T:
        async with Store.open(data, create=False) as store:
            return await use(store)

    return asyncio.run(whole())


def verified(data: Path, name: str, password: str = SECRET) -> Account | None:
    """Return the account that somebody may log in to."""

    async def verify(store: Store) -> Account | None:
        try:
            return await store.accounts.verify(name, password)
        except WrongPasswordError:
            return None

    return stored(data, verify)


def logged_in(data: Path, name: str) -> Issued:
    """Log in."""

    async def take(store: Store) -> Issued:
        return await store.logins.take((await store.accounts.find(name)).id, "allow")

    return stored(data, take)


def is_good(data: Path, token: str) -> bool:
    """Tell whether a token is good for anything."""

    async def verify(store: Store) -> bool:
        try:
            await store.logins.verify(token)
        except InvalidTokenError:
            return False
        return True

    return stored(data, verify)


def test_an_account_is_added_before_the_first_start(data: Path) -> None:
    """The password is the line on standard input; the directory is closed to others."""
    ended = user(data, "add", "Ana", typed=f"{SECRET}\r\nnot this\n")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "Ana may log in.\n", "")
    found = verified(data, "ana")
    assert found is not None
    assert (found.name, found.role) == ("Ana", "user")
    assert os.name == "nt" or data.stat().st_mode & 0o777 == 0o700


def test_events_tell_the_account_and_never_the_password(data: Path) -> None:
    """With `--json`, one for each change, and one for the list."""
    told = user(data, "add", "Admin", "--admin", "--json", typed=SECRET).stdout
    [event] = events(told)
    assert (event["event"], event["action"], event["name"]) == ("user", "add", "Admin")
    assert (event["role"], event["revoked"], event["id"]) == ("admin", False, 1)
    assert SECRET not in told
    added(data, "ben")
    [everybody] = events(user(data, "list", "--json").stdout)
    assert everybody["event"] == "users"
    assert [each["name"] for each in everybody["users"]] == ["Admin", "ben"]
    [admins] = events(user(data, "list", "--json", "--admin").stdout)
    assert [each["name"] for each in admins["users"]] == ["Admin"]


def test_people_get_lines(data: Path) -> None:
    """Set apart by tabs where no terminal is."""
    added(data, "Ana", "--admin")
    assert user(data, "list").stdout.startswith("1\tAna\tadmin\t")
    user(data, "revoke", "ana")
    assert user(data, "list").stdout.startswith("1\tAna\trevoked\t")
    assert "No admins" not in user(data, "list", "--admin").stdout


def test_a_new_password_ends_all_logins(data: Path) -> None:
    """And with `--admin` makes an admin of it."""
    added(data, "Ana")
    token = logged_in(data, "Ana").token
    assert user(data, "passwd", "ANA", "--admin", typed="new secret\n").returncode == 0
    assert verified(data, "Ana") is None
    found = verified(data, "Ana", "new secret")
    assert found is not None
    assert found.role == "admin"
    assert not is_good(data, token)


def test_revoking_takes_the_account_or_only_the_role(data: Path) -> None:
    """A new password brings the account back."""
    added(data, "Ana", "--admin")
    token = logged_in(data, "Ana").token
    assert user(data, "revoke", "ana", "--admin").returncode == 0
    found = verified(data, "Ana")
    assert found is not None
    assert found.role == "user"
    assert is_good(data, token)
    assert user(data, "revoke", "ana").returncode == 0
    assert verified(data, "Ana") is None
    assert not is_good(data, token)
    assert user(data, "passwd", "ana", typed=SECRET).returncode == 0
    assert verified(data, "Ana") is not None


def test_what_is_refused_ends_with_1(data: Path) -> None:
    """A name that is taken, one that nobody has, a directory that is not there."""
    added(data, "bob")
    for arguments in (["add", "BoB"], ["add", "b0b"], ["passwd", "nobody"], ["revoke", "nobody"]):
        ended = user(data, *arguments, typed=SECRET)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.startswith("headcount: ")
    for arguments in (["list"], ["revoke", "bob"], ["passwd", "bob"]):
        assert user(data / "typo", *arguments, typed=SECRET).returncode == 1
    assert not (data / "typo").exists()


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (["add"], SECRET),
        (["dance", "Ana"], SECRET),
        (["list", "Ana"], ""),
        (["add", "Ana"], ""),
        (["add", "Ana"], "short\n"),
        (["add", "ab"], SECRET),
        (["add", "anon_1"], SECRET),
        (["add", "Ana", "--password", SECRET], ""),
        (["add", "Ana", SECRET], ""),
    ],
)
def test_wrong_usage_ends_with_2(data: Path, arguments: list[str], typed: str) -> None:
    """A password among the arguments is one of it."""
    ended = user(data, *arguments, typed=typed)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr


def test_it_has_to_be_said_whose_accounts() -> None:
    """There is no place that would be right by itself."""
    assert headcount("user", "list").returncode == 2
    ended = headcount("user", "list", "--database", "mysql://x/y")
    assert (ended.returncode, "postgresql://" in ended.stderr) == (2, True)
    nowhere = "postgresql://ana:hunter2@127.0.0.1:1/chat"
    ended = headcount("user", "list", environment={"HEADCOUNT_DATABASE": nowhere})
    assert (ended.returncode, "hunter2" in ended.stderr) == (1, False)


def test_nothing_but_the_wanted_is_imported() -> None:
    """`headcount --help` knows these commands without a database."""
    script = "import sys, headcount.cli.user, headcount.cli.backup; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout.split()
    assert not {"sqlalchemy", "alembic", "argon2", "asyncio"} & set(loaded)
