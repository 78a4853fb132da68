"""`headcount doctor`: whether a broker does what sessions need of it, and a chat's server too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from headcount.cli.exits import Exit
from headcount.cli.options import Timed, option

if TYPE_CHECKING:
    from headcount.cli.checks import Check
    from headcount.cli.running import Stop


def doctor(
    reach: Timed,
    page: Annotated[
        str | None,
        option(
            "--page",
            "Look at a chat's server too, by the address of its page.",
            metavar="URL",
            show_default=False,
        ),
    ] = None,
) -> Exit:
    """Check that a broker does what sessions need, and say what to do where it does not."""
    from headcount.cli.observing import observed
    from headcount.cli.running import run

    with observed(reach):
        return run(lambda stop: _doctor(stop, reach, page))


async def _doctor(stop: Stop, reach: Timed, page: str | None) -> Exit:
    from headcount.cli.checks import Doctor
    from headcount.cli.connecting import root
    from headcount.cli.output import Output, counted

    checks = [Doctor(reach.brokers, root(reach)).checks()]
    if page is not None:
        from headcount.cli.chat_checks import ChatDoctor

        checks.append(ChatDoctor(page).checks())
    failed = 0

    async def examine(output: Output) -> None:
        nonlocal failed
        for each in checks:
            async for check in each:
                failed += not check.ok
                if reach.json:
                    output.event("check", check._asdict())
                else:
                    for line in _lines(check, coloured=sys.stdout.isatty()):
                        output.line(line)

    with Output(json=reach.json, broken=stop.ask_from_thread) as output:
        await stop.unless(examine(output))
        output.line("")
        output.line(f"{counted(failed, 'check')} failed." if failed else _praise(page))
    return Exit.CHECK_FAILED if failed else Exit.ASKED


def _praise(page: str | None) -> str:
    return "This broker is fine." if page is None else "This broker and this server are fine."


def _lines(check: Check, *, coloured: bool) -> list[str]:
    mark, colour = ("✓", "\x1b[32m") if check.ok else ("✗", "\x1b[31m")
    if coloured:
        mark = f"{colour}{mark}\x1b[0m"
    lines = [f"{mark} {check.name:<13} {check.detail}"]
    if check.advice:
        lines.append(f"{'':<16}→ {check.advice}")
    return lines
