"""Connections that say nothing: what each costs in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.chat.load import Load
from benchmarks.chat.process import raise_files
from benchmarks.chat.servers import Start
from benchmarks.chat.sides import AT_ONCE, NODE, OURS, against, starts
from benchmarks.report import Row

MOST = 20.0
"""Kilobytes for each."""
SPARE = 500
"""Files that a process has open beside its connections."""
PATIENCE = 60.0
QUIET = 3.0
"""Seconds after which what the opening took is given back."""


def measure(bench: Bench) -> Iterator[Row]:
    """Measure each number of connections."""
    for clients in bench.sizes.chat_idle:
        figure = f"memory of an idle connection, of {clients}"
        if raise_files() < clients + SPARE:
            yield Row(figure, bench.name, "not measured: too few open files are allowed")
            continue
        sizes = {name: _each(bench, name, start, clients) for name, start in starts().items()}
        mine, theirs = sizes[OURS], sizes.get(NODE)
        yield Row(
            figure,
            bench.name,
            f"{mine:.1f} kB",
            f"<= {MOST:g} kB",
            mine <= MOST,
            against(None if theirs is None else f"{theirs:.1f} kB"),
            None if theirs is None else mine / theirs,
        )


def _each(bench: Bench, name: str, start: Start, clients: int) -> float:
    """Return the kilobytes that one of so many takes."""
    with start() as server, Load(server.port) as load:
        load.open(50)
        load.settle()
        time.sleep(QUIET / 3)
        before = server.memory()
        load.open(clients, AT_ONCE)
        told = load.settle(PATIENCE)
        time.sleep(QUIET)
        each = (server.memory() - before) / clients / 1000
        bench.say(
            f"{name}: {clients} opened, {told['wrong']} told another number; "
            f"the last was told after {told['seconds']:.2f} s; {each:.1f} kB each"
        )
        return each
