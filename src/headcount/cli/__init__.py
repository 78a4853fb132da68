"""The command line; what it promises is written in `docs`, and shown by `headcount --help`."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run `headcount` with the arguments of this process; never returns."""
    for number in (signal.SIGINT, signal.SIGTERM):  # until a command has something to end
        # An exception could be swallowed, or told as a fault, by what is just being imported.
        signal.signal(number, lambda *_: os._exit(0))
    for stream in (sys.stdout, sys.stderr):
        _forgive(stream)
    from headcount.cli.app import run

    run(sys.argv[1:])


def _forgive(stream: object) -> None:
    """Show a sign the terminal does not know as a question mark rather than fail."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
