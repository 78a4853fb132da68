"""`headcount doctor`: whether a broker does what sessions need of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from headcount.cli.exits import Exit
from headcount.cli.options import Timed

if TYPE_CHECKING:
    from headcount.cli.checks import Check
    from headcount.cli.running import Stop


def doctor(reach: Timed) -> Exit:
    """Check that a broker does what sessions need, and say what to do where it does not."""
    from headcount.cli.observing import observed
    from headcount.cli.running import run

    with observed(reach):
        return run(lambda stop: _doctor(stop, reach))


async def _doctor(stop: Stop, reach: Timed) -> Exit:
    from headcount.cli.checks import Doctor
    from headcount.cli.connecting import root
    from headcount.cli.output import Output, counted

    examination = Doctor(reach.brokers, root(reach))
    failed = 0

    async def examine(output: Output) -> None:
        nonlocal failed
        async for check in examination.checks():
            failed += not check.ok
            if reach.json:
                output.event("check", check._asdict())
            else:
                for line in _lines(check, coloured=sys.stdout.isatty()):
                    output.line(line)

    with Output(json=reach.json, broken=stop.ask_from_thread) as output:
        await stop.unless(examine(output))
        output.line("")
        output.line(f"{counted(failed, 'check')} failed." if failed else "This broker is fine.")
    return Exit.CHECK_FAILED if failed else Exit.ASKED


def _lines(check: Check, *, coloured: bool) -> list[str]:
    mark, colour = ("✓", "\x1b[32m") if check.ok else ("✗", "\x1b[31m")
    if coloured:
        mark = f"{colour}{mark}\x1b[0m"
    lines = [f"{mark} {check.name:<13} {check.detail}"]
    if check.advice:
        lines.append(f"{'':<16}→ {check.advice}")
    return lines
