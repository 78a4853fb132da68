"""Every example runs as a process of its own, on a real broker, and prints what it should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines import Engine

EXAMPLES = Path(__file__).parent.parent / "examples"
LONGEST = 40
"""The most lines an example may have."""
PATIENCE = 30.0


def started(name: str, *arguments: str) -> subprocess.Popen[str]:
    """Start an example."""
    return subprocess.Popen(
        [sys.executable, str(EXAMPLES / name), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def output(example: subprocess.Popen[str]) -> list[str]:
    """Return what an example has printed by its end, which must be a good one."""
    try:
        printed, errors = example.communicate(timeout=PATIENCE)
    finally:
        example.kill()
    assert example.returncode == 0, errors
    assert errors == ""
    return printed.splitlines()


def run(name: str, *arguments: str) -> list[str]:
    """Run an example to its end; return its lines."""
    return output(started(name, *arguments))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_examples_are_short(path: Path) -> None:
    """An example shows one thing, in 40 lines at most, and says how to run it."""
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert f"examples/{path.name}" in text


def test_every_example_is_tested() -> None:
    """A new example needs a test here."""
    here = Path(__file__).read_text("utf-8")
    assert [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in here] == []


def test_together(nats: Engine) -> None:
    """Three instances come and go; the number follows, one step at a time."""
    lines = run("together.py", nats.url)
    seen = [int(line.split()[2].split("/")[0]) for line in lines if line.startswith("Ana sees")]
    assert seen[0] == 1
    assert max(seen) == 3
    assert seen[-1] == 1
    assert lines[-1] == "over: left"
    assert "ready: Chloe" in lines


def test_script(nats: Engine) -> None:
    """Two plain scripts meet, start, and throw the same dice."""
    host, guest = started("script.py", nats.url, "host"), started("script.py", nats.url)
    try:
        lines = [output(host), output(guest)]
    finally:
        host.kill()
        guest.kill()
    throws = [{line for line in each if "threw" in line} for each in lines]
    assert throws[0] == throws[1]
    assert len(throws[0]) == 2
    assert len({line.split()[-1] for line in throws[0]}) == 1


def test_watch_list(nats: Engine) -> None:
    """The list is empty at first, and shows a session as it comes up."""
    watching = started("watch_list.py", nats.url)
    try:
        assert watching.stdout is not None
        assert watching.stdout.readline() == "--- 0 sessions\n"
        run("random_streams.py", nats.url)
        assert watching.stdout.readline() == "--- 1 sessions\n"
        assert ": Sea Zones 1/any, can be joined" in watching.stdout.readline()
    finally:
        watching.kill()
        watching.communicate()


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C for one process alone")
def test_watching_ends_quietly(nats: Engine) -> None:
    """Ctrl-C is how one ends it, so it is no error."""
    watching = started("watch_list.py", nats.url)
    assert watching.stdout is not None
    watching.stdout.readline()
    watching.send_signal(signal.SIGINT)
    assert output(watching) == []


def test_random_streams(nats: Engine) -> None:
    """Both instances print the same numbers; on every machine, so they stand here."""
    lines = run("random_streams.py", nats.url)
    assert lines == ["ana [8, 9, 9, 2, 2] 0.14188", "ben [8, 9, 9, 2, 2] 0.14188"]


def test_roles(nats: Engine) -> None:
    """A taken role is refused, and of ten changes at one moment none is lost."""
    assert run("roles.py", nats.url) == [
        "ROLE_TAKEN: 'fisher' is taken; choose another role",
        "{'ana': 'mayor', 'ben': 'fisher'}",
        "boats: 10",
    ]


@pytest.mark.parametrize("name", ["together.py", "random_streams.py", "roles.py"])
def test_they_run_without_a_broker_too(name: str) -> None:
    """What takes no address runs in memory."""
    assert run(name)


def test_a_test_of_a_game() -> None:
    """The example of a test passes."""
    test = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull]
    done = subprocess.run(
        [*test, "--rootdir", str(EXAMPLES), str(EXAMPLES / "test_game.py")],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
