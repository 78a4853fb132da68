"""The data directory: closed to others, with a secret of its own."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from headcount.chat.store import StoreUnavailableError
from headcount.chat.store.directory import DataDirectory, derived

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")


def mode(path: Path) -> int:
    """Return who may do what with a file."""
    return path.stat().st_mode & 0o777


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_else_may_look_in(tmp_path: Path, umask: int) -> None:
    """Whatever new files are like otherwise; what was open is closed."""
    before = os.umask(umask)
    try:
        directory = DataDirectory(tmp_path / "deep" / "data")
        directory.make()
        directory.make_database()
        directory.secret()
    finally:
        os.umask(before)
    assert mode(directory.path) == 0o700
    assert mode(directory.database) == mode(directory.secret_file) == 0o600
    directory.path.chmod(0o755)
    directory.secret_file.chmod(0o644)
    directory.make()
    directory.secret()
    assert (mode(directory.path), mode(directory.secret_file)) == (0o700, 0o600)


def test_a_secret_is_drawn_once(tmp_path: Path) -> None:
    """Each directory has another one, and keeps it."""
    one, two = DataDirectory(tmp_path / "one"), DataDirectory(tmp_path / "two")
    for directory in (one, two):
        directory.make()
    secret = one.secret()
    assert len(secret) == 32
    assert one.secret() == secret != two.secret()
    assert sorted(path.name for path in one.path.iterdir()) == ["chat.secret"]


def test_each_purpose_has_a_secret_of_its_own() -> None:
    """None of which tells the others."""
    assert derived(b"x", "guests") == derived(b"x", "guests")
    assert len({derived(b"x", "guests"), derived(b"x", "page"), derived(b"y", "page")}) == 3


@pytest.mark.parametrize("text", ["", "zz", "00" * 31, "é"])
def test_a_damaged_secret_is_no_secret(tmp_path: Path, text: str) -> None:
    """It is told instead of being used, or replaced in silence."""
    directory = DataDirectory(tmp_path)
    directory.secret_file.write_text(text, "utf-8")
    with pytest.raises(StoreUnavailableError, match=r"chat\.secret"):
        directory.secret()
    assert directory.secret_file.read_text("utf-8") == text


def test_a_directory_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """With its name, and why."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailableError, match="file"):
        DataDirectory(tmp_path / "file" / "data").make()
    with pytest.raises(StoreUnavailableError, match="nowhere"):
        DataDirectory(tmp_path / "nowhere").secret()


async def test_one_starts_at_a_time(tmp_path: Path) -> None:
    """Others wait until it is through."""
    inside = most = 0

    async def start() -> None:
        nonlocal inside, most
        async with DataDirectory(tmp_path).starting():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    await asyncio.gather(*(start() for _ in range(5)))
    assert most == 1
