"""Identities kept over a crash, with real processes that are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from headcount import identity
from headcount.errors import BadInputError
from headcount.identity import Claim, claim

CHILD = """
import sys
from headcount.identity import claim
me = claim(*sys.argv[1:])
me.keep("uid-1")
print(me.client_id, me.secret, me.resumed, flush=True)
sys.stdin.readline()
me.settle("left")
"""


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep identities in a directory of the test's own."""
    monkeypatch.setenv("HEADCOUNT_STATE_DIR", str(tmp_path))
    return tmp_path / "seats"


class Child:
    """A process that holds an identity until it is killed or told to leave."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.client_id, self.secret, resumed = self.process.stdout.readline().split()
        self.resumed = resumed == "True"

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        self.end()

    def leave(self) -> None:
        """Let it leave."""
        self.process.communicate("\n")
        self.end()

    def end(self) -> None:
        """Wait for it."""
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@pytest.fixture
def children() -> Iterator[list[Child]]:
    """Take children, and kill those that are left."""
    alive: list[Child] = []
    yield alive
    for child in alive:
        if child.process.poll() is None:
            child.kill()


def kept(directory: Path) -> list[str]:
    """Return the entries there are."""
    return sorted(path.name for path in directory.glob("*.json"))


def test_after_a_crash_one_is_who_one_was() -> None:
    """SIGKILL releases the lock; the next process takes the seat."""
    child = Child("demo")
    child.kill()
    again = claim("demo")
    assert (again.client_id, again.secret) == (child.client_id, child.secret)
    assert again.resumed
    assert again.session_uid == "uid-1"
    again.release()


def test_who_lives_is_never_taken_over(children: list[Child]) -> None:
    """Three terminals of one user are three instances."""
    children += [Child("demo"), Child("demo")]
    third = claim("demo")
    assert len({third.client_id, *(child.client_id for child in children)}) == 3
    assert not third.resumed
    third.release()


def test_leaving_forgets(directory: Path) -> None:
    """Who has left is somebody new the next time."""
    child = Child("demo")
    child.leave()
    assert list(directory.iterdir()) == []
    assert not claim("demo").resumed


def test_the_newest_seat_is_taken_first(directory: Path) -> None:
    """Of several that crashed."""
    old, new = Child("demo"), Child("demo")
    old.kill()
    new.kill()
    (entry,) = directory.glob(f"*{_digest(old.client_id)}.json")
    a_minute_ago = time.time() - 60
    os.utime(entry, (a_minute_ago, a_minute_ago))
    first, second = claim("demo"), claim("demo")
    assert (first.client_id, second.client_id) == (new.client_id, old.client_id)
    first.release()
    second.release()


def test_each_session_has_its_own() -> None:
    """A seat in one is no seat in another; ids differ by case too."""
    Child("demo").kill()
    assert not claim("other").resumed
    assert not claim("Demo").resumed
    assert claim("demo").resumed


def test_a_named_client_takes_its_secret_even_from_the_living(children: list[Child]) -> None:
    """The newer process then replaces the older one."""
    children.append(Child("demo", "ann"))
    mine = claim("demo", "ann")
    assert (mine.client_id, mine.secret) == ("ann", children[0].secret)
    assert mine.resumed
    mine.release()


def test_a_named_client_is_nobody_elses() -> None:
    """Without its name one does not become it, after its crash neither."""
    Child("demo", "ann").kill()
    assert claim("demo").client_id != "ann"
    assert claim("demo", "ann").resumed


@pytest.mark.parametrize(
    ("reason", "is_kept"),
    [
        ("left", False),
        ("kicked", False),
        ("closed", False),
        ("host_lost", False),
        ("replaced", True),
        ("link_lost", True),
        ("broker_gone", True),
        (None, True),
    ],
)
def test_what_is_kept_depends_on_how_it_ended(
    directory: Path, reason: str | None, is_kept: bool
) -> None:
    """A seat that may still be held is kept; so is one that a newer process has."""
    me = claim("demo")
    me.keep("uid-1")
    me.settle(reason)
    assert bool(kept(directory)) is is_kept
    assert claim("demo").resumed is is_kept


def test_it_is_written_for_this_user_only(directory: Path) -> None:
    """A secret is in it."""
    me = claim("demo")
    me.keep("uid-1")
    (entry,) = directory.glob("*.json")
    assert json.loads(entry.read_text())["secret"] == me.secret
    if os.name == "posix":
        assert entry.stat().st_mode & 0o777 == 0o600
        assert directory.stat().st_mode & 0o777 == 0o700
    me.release()


def test_old_entries_are_deleted_unless_they_are_in_use(
    directory: Path, children: list[Child]
) -> None:
    """After a week nobody comes back."""
    children.append(Child("demo"))
    Child("demo").kill()
    long_ago = time.time() - identity.MAX_AGE - 60
    for path in directory.iterdir():
        os.utime(path, (long_ago, long_ago))
    with claim("other"):
        assert len(kept(directory)) == 1


def test_nonsense_in_the_directory_is_ignored(directory: Path) -> None:
    """Somebody else's file, half a file, an entry of a later release."""
    directory.mkdir(parents=True)
    for name, text in (("x.json", "{"), ("y.json", "[]"), (f"{_digest('demo')}-z.json", '{"a":1}')):
        (directory / name).write_text(text)
    assert not claim("demo").resumed


def test_where_nothing_can_be_written_one_goes_on_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It costs the seat after a crash, and the log says so."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEADCOUNT_STATE_DIR", str(tmp_path / "file"))
    me = claim("demo", "ann")
    me.keep("uid-1")
    me.settle("left")
    assert me.client_id == "ann"
    assert "cannot be kept" in caplog.text


def test_a_disk_that_fills_up_stops_nothing(
    directory: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The same, noticed later."""

    def full(*args: object) -> None:
        raise OSError("no space left on device")

    me = claim("demo")
    monkeypatch.setattr(identity, "_write", full)
    me.keep("uid-1")
    assert "no space left" in caplog.text
    me.release()


def test_releasing_twice_changes_nothing() -> None:
    """Whoever is not sure may call it again."""
    me = claim("demo")
    me.keep("uid-1")
    me.release()
    me.release()
    other = claim("demo")
    me.release()
    assert isinstance(other, Claim)
    assert not claim("demo").resumed
    other.release()


@pytest.mark.parametrize(("session_id", "client_id"), [("a b", None), ("demo", "ü")])
def test_ids_are_checked(session_id: str, client_id: str | None) -> None:
    """As everywhere."""
    with pytest.raises(BadInputError):
        claim(session_id, client_id)


def _digest(text: str) -> str:
    return identity._digest(text)


def test_who_starts_with_the_same_name_has_the_same_secret_at_once() -> None:
    """R12: the newer one takes the seat and is not refused, though the older is not in yet."""
    first, second = claim("demo", "ana"), claim("demo", "ana")
    assert first.secret == second.secret
    assert claim("other", "ana").secret != first.secret
