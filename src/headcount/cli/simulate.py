"""`headcount simulate`: the whole protocol under random faults, in virtual time."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

from headcount.cli.exits import Exit
from headcount.cli.options import Shown, option
from headcount.errors import BadInputError

if TYPE_CHECKING:
    from headcount.cli.output import Output
    from headcount.testing.campaign import Summary
    from headcount.testing.faults import Step
    from headcount.testing.outcome import Failure


def simulate(
    shown: Shown,
    seeds: Annotated[int, option("--seeds", "How many seeds to run.")] = 200,
    seed: Annotated[int, option("--seed", "The first seed.")] = 0,
    instances: Annotated[int, option("--instances", "Instances in each run.")] = 8,
) -> Exit:
    """Run the protocol through random faults, and check that its promises hold.

    Kills, stalls, lost and repeated messages, partitions and broker restarts happen in
    virtual time, each seed always in the same way: a seed that fails can be run again.
    """
    for name, value, least, most in (
        ("--seeds", seeds, 1, 10_000_000),
        ("--seed", seed, 0, 2**53),
        ("--instances", instances, 2, 250),
    ):
        if not least <= value <= most:
            raise BadInputError(f"{name} is a whole number from {least} to {most}, not {value}")
    from headcount.cli.observing import observed
    from headcount.cli.output import Output

    with observed(shown), Output(json=shown.json) as output:
        return _run(output, shown, seed, seeds, instances)


def _run(output: Output, shown: Shown, seed: int, seeds: int, instances: int) -> Exit:
    from headcount.cli.output import counted
    from headcount.testing.campaign import campaign

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ending(os.getpid()))
    began = time.monotonic()
    progress = _Progress(seeds, visible=not shown.json and sys.stderr.isatty())
    summary = campaign(
        seed,
        seeds,
        instances,
        progress=progress,
        initializer=partial(_begin_worker, os.getpid()),
    )
    progress.clear()
    for failure in summary.failures:
        _tell(output, failure, instances)
    took = time.monotonic() - began
    output.line(f"{counted(summary.seeds, 'seed')} with {instances} instances in {took:.1f} s.")
    faults = ", ".join(f"{number} {name}" for name, number in sorted(summary.faults.items()))
    output.line(f"What happened in them: {faults or 'nothing'}.")
    if summary.silent:
        output.line(f"Never happened, so nothing is shown of it: {', '.join(summary.silent)}.")
    failed = len(summary.failures)
    output.line(f"{counted(failed, 'seed')} failed." if failed else "Every one held.")
    output.event("summary", _summary(summary))
    return Exit.ASKED if summary.ok else Exit.CHECK_FAILED


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "seeds": summary.seeds,
        "failures": len(summary.failures),
        "faults": dict(sorted(summary.faults.items())),
    }


def _tell(output: Output, failure: Failure[Step], instances: int) -> None:
    again = f"headcount simulate --seed {failure.seed} --seeds 1 --instances {instances}"
    script = [str(step) for step in failure.script]
    output.event(
        "failure",
        {
            "seed": failure.seed,
            "invariant": failure.invariant,
            "detail": failure.detail,
            "script": script,
        },
    )
    output.line(f"Seed {failure.seed} broke {failure.invariant}: {failure.detail}")
    output.line(f"  again: {again}")
    for step in script:
        output.line(f"  {step}")


class _Progress:
    """One line on the terminal that tells how far it is."""

    def __init__(self, seeds: int, *, visible: bool) -> None:
        self._seeds = seeds
        self._visible = visible

    def __call__(self, summary: Summary) -> None:
        if self._visible:
            failed = f", {len(summary.failures)} failed" if summary.failures else ""
            text = f"\r{summary.seeds} of {self._seeds} seeds{failed}"
            print(text, end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._visible:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _ending(parent: int) -> Callable[[int, FrameType | None], None]:
    """Return what ends this process and those that run seeds; exit code 0."""

    def end(_number: int, _frame: FrameType | None) -> None:
        if os.getpid() == parent:  # else just forked, and not set up yet
            import multiprocessing

            for child in multiprocessing.active_children():
                child.kill()
                with contextlib.suppress(OSError):
                    if child.pid is not None and os.name != "nt":
                        os.waitpid(child.pid, 0)
        os._exit(0)

    return end


def _begin_worker(parent: int) -> None:
    """Leave Ctrl-C to the parent, and end with it whatever ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if os.name != "nt":
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)
