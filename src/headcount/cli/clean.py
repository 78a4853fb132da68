"""`headcount clean`: clears what dead sessions have left on the broker."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from headcount.cli.exits import Exit, complain
from headcount.cli.options import Timed, option
from headcount.errors import BadInputError

if TYPE_CHECKING:
    from headcount.cli.output import Output
    from headcount.cli.running import Stop
    from headcount.cli.survey import Stale, Survey


def clean(
    reach: Timed,
    dry_run: Annotated[bool, option("--dry-run", "Only show what would be cleared.")] = False,
    yes: Annotated[bool, option("--yes", "Clear without asking.")] = False,
) -> Exit:
    """Clear the retained topics of sessions whose host is gone.

    Every host is asked first, and listened for during a heartbeat; a session that shows any
    sign of life is left alone, and so is every topic that is not one of a session.
    """
    if not (dry_run or yes or sys.stdin.isatty()):
        raise BadInputError(
            "there is nobody to ask before something is cleared: "
            "give --yes to clear, or --dry-run to see what would be cleared"
        )
    from headcount.cli.observing import observed
    from headcount.cli.running import run

    with observed(reach):
        return run(lambda stop: _clean(stop, reach, dry_run, yes))


async def _clean(stop: Stop, reach: Timed, dry_run: bool, yes: bool) -> Exit:
    import asyncio

    from headcount.cli.connecting import connector, root
    from headcount.cli.ear import Ear
    from headcount.cli.output import Output
    from headcount.cli.survey import Survey

    async with Ear("clean", root(reach)) as ear:
        await stop.unless(ear.connect(connector(reach)))
        survey = Survey(ear)
        if not await stop.unless(survey.look()):
            complain("the broker takes messages but gives none back: see headcount doctor")
            return Exit.REFUSED
        found = survey.stale()
        with Output(json=reach.json, lines=None, broken=stop.ask_from_thread) as output:
            if not found:
                output.line("Nothing to clean: every session on this broker has a live host.")
                return Exit.ASKED
            if dry_run:
                _show(output, found, "would be cleared")
                _tell(output, reach, found, survey, dry_run=True)
                return Exit.ASKED
            _show(output, found, "to be cleared")
            if not yes:
                await stop.unless(asyncio.to_thread(output.flush))
                if reach.json:
                    _show_on_stderr(found)
            if not yes and not await stop.unless(_confirmed(len(found))):
                output.line("Nothing was cleared.")
                return Exit.ASKED
            if not yes:  # somebody may have come while the question stood there
                await stop.unless(survey.look_again())
            left = {each.topic for each in survey.stale()}
            await survey.clear([each for each in found if each.topic in left])
            return _tell(output, reach, found, survey, dry_run=False)


def _show(output: Output, found: list[Stale], what: str) -> None:
    for line in _lines(found, what):
        output.line(line)


def _show_on_stderr(found: list[Stale]) -> None:
    """Show it where the question will stand: standard output is for events."""
    print("\n".join(_lines(found, "to be cleared")), file=sys.stderr)


def _lines(found: list[Stale], what: str) -> list[str]:
    from headcount.cli.output import counted

    sessions = len({each.session_id for each in found})
    topics, of = counted(len(found), "retained topic"), counted(sessions, "session")
    head = f"{topics} of {of} without a live host {what}:"
    return [head, *(f"  {each.topic}  ({each.why})" for each in found)]


def _tell(
    output: Output, reach: Timed, found: list[Stale], survey: Survey, *, dry_run: bool
) -> Exit:
    """Give an event for each topic, and the result for people."""
    cleared = {each.topic for each in found if survey.is_cleared(each.topic)}
    if reach.json:
        for each in found:
            output.event("stale", {**each._asdict(), "cleared": each.topic in cleared})
    if dry_run:
        return Exit.ASKED
    output.line(f"Cleared {len(cleared)} of {len(found)}.")
    stubborn = [each for each in survey.stale() if each.topic not in cleared]
    if stubborn:
        complain(
            f"the broker did not clear {stubborn[0].topic}"
            + (f" and {len(stubborn) - 1} more" if len(stubborn) > 1 else "")
            + ": this user may not publish there; use one that may"
        )
        return Exit.REFUSED
    return Exit.ASKED


async def _confirmed(number: int) -> bool:
    from headcount.cli.typed import read_lines

    these = "this topic" if number == 1 else f"these {number} topics"
    print(f"Clear {these}? [y/N] ", end="", file=sys.stderr, flush=True)
    line = await read_lines().get()
    return line is not None and line.strip().lower() in ("y", "yes")
