"""`simulate`."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from tests.cli.instance import COMMAND, events, headcount


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


@pytest.mark.skipif(os.name == "nt", reason="signals to a group as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", [0.5, 1.5])
def test_a_signal_to_all_of_it_ends_it_at_once(number: int, after: float) -> None:
    """Ctrl-C, or a signal to its process group: exit code 0, no word, no process left."""
    with subprocess.Popen(
        [*COMMAND, "simulate", "--seeds", "5000", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        time.sleep(after)
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=5)  # the pipes end when the last process has
        assert (process.returncode, out, err) == (0, b"", b"")
