"""`headcount sge-patch`: SGE with the sessions of this package, and back."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from headcount.cli.exits import Exit
from headcount.cli.options import Shown, option
from headcount.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headcount.sge.patching.files import Change

_DONE = {"patch": "Patched", "renew": "Renewed", "restore": "Restored"}
_WOULD = {"patch": "Would patch", "renew": "Would renew", "restore": "Would restore"}


def sge_patch(
    path: Annotated[
        str,
        typer.Argument(
            help="The checkout of SGE: the folder that holds mainClasses, or mainClasses itself.",
            show_default=False,
        ),
    ],
    shown: Shown,
    undo: Annotated[
        bool, option("--undo", "Take it back: every file is what it was, byte for byte.")
    ] = False,
    dry_run: Annotated[bool, option("--dry-run", "Only show what would be changed.")] = False,
) -> Exit:
    """Make a checkout of SGE use the sessions of Headcount in place of its own.

    A few marked lines are added at the end of each file that defines a class of its
    distributed sessions. Either all of these files are changed or none, and nothing outside
    of the checkout is.
    """
    if not path:
        raise BadInputError("no folder was given: give the one that holds mainClasses")
    from pathlib import Path

    from headcount.cli.observing import observed
    from headcount.sge.patching.files import write
    from headcount.sge.patching.patch import patching, restoring

    with observed(shown):
        changes = restoring(Path(path)) if undo else patching(Path(path))
        if not dry_run:
            with undisturbed():
                write(changes)
        _tell(shown, path, changes, undo=undo, dry_run=dry_run)
        return Exit.ASKED


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no signal end us between one file and the next."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _tell(shown: Shown, path: str, changes: Sequence[Change], *, undo: bool, dry_run: bool) -> None:
    """Give an event for each file, and the result for people."""
    from headcount.cli.output import Output

    with Output(json=shown.json) as output:
        if shown.json:
            for change in changes:
                output.event("file", _fields(change, dry_run))
            return
        for line in _lines(path, changes, undo=undo, dry_run=dry_run):
            output.line(line)


def _fields(change: Change, dry_run: bool) -> Mapping[str, object]:
    return {
        # A name that is no Unicode has no place in JSON.
        "path": change.name.encode("utf-8", "replace").decode(),
        "classes": change.classes,
        "action": change.action,
        "written": change.action != "none" and not dry_run,
    }


def _lines(path: str, changes: Sequence[Change], *, undo: bool, dry_run: bool) -> Iterator[str]:
    from headcount.cli.output import counted
    from headcount.core.names import printable

    shown = printable(path)
    changed = [change for change in changes if change.action != "none"]
    if not changed:
        yield (
            f"Nothing to take back: no file of {shown} has lines of headcount."
            if undo
            else f"Already patched: {shown} uses the classes of Headcount. Nothing was changed."
        )
        return
    for action, done in (_WOULD if dry_run else _DONE).items():
        those = [change for change in changed if change.action == action]
        if those:
            yield f"{done} {counted(len(those), 'file')} of {shown}:"
        for change in those:
            classes = f"  ({', '.join(change.classes)})" if change.classes else ""
            yield f"  {printable(change.name)}{classes}"
    if not (undo or dry_run):
        yield 'The Python that runs SGE needs Headcount: pip install "headcount[sge]"'
        quoted = f'"{shown}"' if " " in shown else shown
        yield f"To take it back: headcount sge-patch {quoted} --undo"
