"""`headcount list --json` as a whole process, while many sessions live."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

from tests.cli.instance import headcount

from benchmarks.bench import Bench
from benchmarks.child import Child
from benchmarks.report import Row, median, show, spread

DRIVERS = 2
GOAL = 1.5
PATIENCE = 300.0
QUIET = 10.0
"""Seconds for what creating so many sessions has caused among their hosts."""


def measure(bench: Bench) -> Iterator[Row]:
    """List them some times, with `headcount version` in between."""
    url, each = bench.engine.url, bench.sizes.sessions_each
    taken, plain, wrong = [], [], 0
    with ExitStack() as opened:
        share = bench.sizes.hosts // DRIVERS
        children = [
            opened.enter_context(Child("hosts", url, f"list-{n}", share, each))
            for n in range(DRIVERS)
        ]
        began = time.monotonic()
        hosted = {id for child in children for id in child.hear(PATIENCE)}
        bench.say(f"{len(hosted)} sessions created in {show(time.monotonic() - began)}")
        time.sleep(QUIET)
        for _ in range(bench.sizes.lists):
            began = time.monotonic()
            headcount("version")
            plain.append(time.monotonic() - began)
            began = time.monotonic()
            listed = headcount("list", "--json", "--broker", url)
            taken.append(time.monotonic() - began)
            rows = json.loads(listed.stdout)["sessions"] if listed.returncode == 0 else []
            right = {row["session_id"] for row in rows if row["count"] == 1 and row["joinable"]}
            if right != hosted or len(rows) != len(hosted):
                wrong += 1
                missing = Counter(id[:6] for id in hosted - right)
                bench.say(f"{len(rows)} rows, missing {dict(missing)} {listed.stderr[-500:]}")
    base = median(plain)
    yield Row(
        f"list of {len(hosted)} live sessions",
        bench.name,
        f"{spread(taken)}; {wrong} of {len(taken)} wrong",
        f"max <= {show(GOAL)}; 0 wrong",
        not wrong and max(taken) <= GOAL,
        f"{show(base)} `headcount version`",
        median(taken) / base,
    )
