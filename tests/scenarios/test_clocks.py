"""A wrong clock on the wall: it is shown to people and decides nothing (S4, S9)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.instance import Instance
from tests.engines import Engine
from tests.scenarios.scene import ID, NAME, START, shown, steady, wait_listed, within

HOUR = 3600.0
HEARTBEAT = 2.0
WRONG = """
import time
right = time.time
time.time = lambda: right() + {offset}
"""


@pytest.fixture
def wrong_by(tmp_path: Path) -> Callable[[float], dict[str, str]]:
    """Give what returns the environment of a process whose clock is wrong by so many seconds."""

    def environment(offset: float) -> dict[str, str]:
        directory = tmp_path / f"wrong by {offset}"
        directory.mkdir(exist_ok=True)
        (directory / "sitecustomize.py").write_text(WRONG.format(offset=offset))
        return {"PYTHONPATH": str(directory)}

    return environment


@pytest.mark.parametrize(
    ("host_offset", "member_offset"), [(0.0, HOUR), (-HOUR, 0.0), (HOUR, -HOUR)]
)
def test_a_wrong_clock_changes_nothing(
    engine: Engine,
    wrong_by: Callable[[float], dict[str, str]],
    host_offset: float,
    member_offset: float,
) -> None:
    """An hour off, on the member or the host: joined, steady, listed, and missed when it dies."""
    host_clock, member_clock = wrong_by(host_offset), wrong_by(member_offset)
    with (
        Instance.create(engine.url, NAME, "--id", ID, environment=host_clock) as host,
        Instance("list", "--watch", "--broker", engine.url) as listing,
        Instance.join(engine.url, ID, "--wait", "30", environment=member_clock) as member,
        Instance.join(engine.url, ID, "--wait", "30") as other,
    ):
        everybody = [host, member, other]
        shown(everybody, 3, START)
        for each in host.state["members"].values():  # so the clock was wrong indeed
            shown_at = datetime.fromisoformat(each["joined_at"]).timestamp()
            assert shown_at == pytest.approx(time.time() + host_offset, abs=60)
        wait_listed(listing, 3)
        steady(everybody, HEARTBEAT + 0.5)
        for each in everybody:
            assert each.ask("ready")["event"] == "accepted"
        before = time.monotonic()
        member.kill()
        within(0.5, shown([host, other], 2) - before, "a member with a wrong clock is killed")
        wait_listed(listing, 2)
