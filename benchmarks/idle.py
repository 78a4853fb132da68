"""CPU of an instance that waits, beside a bare connection that waits."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.cast import gathered
from benchmarks.child import Child
from benchmarks.report import Row

QUIET = 2.0
GOAL = 0.5
"""Per cent of a core."""


def measure(bench: Bench) -> Iterator[Row]:
    """Look at a host and a member of four for a while, and at a bare connection."""
    if not Path("/proc/self/stat").exists():
        bench.say("the CPU time of another process is only read on Linux")
        return
    url = bench.engine.url
    with gathered(url, 4) as cast, Child("pong", url) as pong:
        pong.hear()
        time.sleep(QUIET)
        pids = [cast.host.process.pid, cast.members[-1].process.pid, pong.process.pid]
        before, began = [cpu(pid) for pid in pids], time.monotonic()
        time.sleep(bench.sizes.idle_window)
        seconds = time.monotonic() - began
        host, member, bare = (
            100 * (cpu(pid) - was) / seconds for pid, was in zip(pids, before, strict=True)
        )
    yield Row(
        "idle CPU: member, host of 4",
        bench.name,
        f"{member:.2f} %, {host:.2f} %",
        f"<= {GOAL:g} % of a core",
        max(member, host) <= GOAL,
        f"{bare:.2f} % bare link",
        member / bare if bare else None,
    )


def cpu(pid: int) -> float:
    """Return the CPU time that a process has taken, in seconds, to 10 ms (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
