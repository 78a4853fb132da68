"""`simulate`."""

from __future__ import annotations

from tests.cli.instance import events, headcount


def test_the_last_line_is_the_summary() -> None:
    """A campaign ends with its summary, and is the same each time."""
    options = ["simulate", "--seeds", "3", "--seed", "5", "--instances", "4", "--json"]
    first, again = headcount(*options, timeout=60), headcount(*options, timeout=60)
    summary = events(first.stdout)[-1]
    assert list(summary) == ["event", "at", "seeds", "failures", "faults"]
    assert (summary["event"], summary["seeds"]) == ("summary", 3)
    assert first.returncode == (5 if summary["failures"] else 0)
    assert events(again.stdout)[-1]["faults"] == summary["faults"]


def test_people_read_what_happened() -> None:
    """Without `--json` the faults and the result are told in words."""
    ended = headcount("simulate", "--seeds", "1", timeout=60)
    assert "1 seed with 8 instances" in ended.stdout
