"""The command line; what it promises is written in `docs`, and shown by `headcount --help`."""

from __future__ import annotations

import signal
import sys
from types import FrameType


def main() -> None:
    """Run `headcount` with the arguments of this process; never returns."""
    for number in (signal.SIGINT, signal.SIGTERM):  # until a command has something to end
        signal.signal(number, _ended)
    for stream in (sys.stdout, sys.stderr):
        _forgive(stream)
    from headcount.cli.app import run

    run(sys.argv[1:])


def _ended(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _forgive(stream: object) -> None:
    """Show a sign the terminal does not know as a question mark rather than fail."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
