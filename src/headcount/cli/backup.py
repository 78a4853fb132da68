"""`headcount backup`: a copy of the data directory, made while it is in use."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from headcount.cli.exits import Exit, complain
from headcount.cli.options import Shown, option
from headcount.errors import BadInputError


def backup(
    shown: Shown,
    to: Annotated[
        str, typer.Argument(help="Where the copy is to be; made by this.", show_default=False)
    ],
    data: Annotated[
        str | None,
        option(
            "--data",
            "The data directory, as given to headcount serve.",
            metavar="DIR",
            show_default=False,
        ),
    ] = None,
) -> Exit:
    """Copy the accounts, the history and the secret of a data directory.

    The server may run meanwhile, and nobody is held up. The copy is a data directory itself:
    to restore it, stop the server and put it in the place of the other one. What is in
    PostgreSQL is copied with pg_dump.
    """
    if not data or not to:
        raise BadInputError("say what to copy: headcount backup TO --data DIR")
    from headcount.chat.store.backup import backup as copy
    from headcount.cli.interrupts import interruptible
    from headcount.cli.observing import observed

    with observed(shown):
        try:
            with interruptible():
                copy(Path(data), Path(to))
        except KeyboardInterrupt:
            complain("ended before the copy was whole: there is none")
            return Exit.ASKED
        _tell(shown, data, to)
    return Exit.ASKED


def _tell(shown: Shown, data: str, to: str) -> None:
    if not shown.json:
        print(f"Copied {data} to {to}.")
        return
    import time

    from headcount.cli.output import json_line

    sys.stdout.buffer.write(json_line("backup", time.monotonic(), {"data": data, "to": to}))
