"""`demo`: the first thing a newcomer sees."""

from __future__ import annotations

import time

from tests.cli.instance import Instance, events, headcount


def test_every_number_is_true() -> None:
    """The demonstration goes through all its acts, and every number was right."""
    ended = headcount("demo", "--json", timeout=60)
    *acts, summary = events(ended.stdout)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert summary["ok"]
    assert [act["count"] for act in acts] == [1, 2, 3, 2, 3, 2, None, None]
    assert all(act["ok"] for act in acts)
    assert summary["seconds"] < 25


def test_people_without_a_terminal_read_lines() -> None:
    """Without a terminal there are plain lines, one an act."""
    ended = headcount("demo", timeout=60)
    assert ended.returncode == 0
    assert "\x1b" not in ended.stdout
    assert ended.stdout.count("ok   ") == 8
    assert "Every number shown" in ended.stdout


def test_it_can_be_stopped_and_leaves_nothing_behind() -> None:
    """A signal in the middle ends it quickly, with 0, and its processes with it."""
    with Instance("demo") as running:
        running.wait_for("act")
        asked = time.monotonic()
        running.interrupt()
        assert running.wait() == 0
        assert time.monotonic() - asked < 5
        assert not running.errors
