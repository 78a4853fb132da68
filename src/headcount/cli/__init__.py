"""The command line; what it promises is written in `docs`, and shown by `headcount --help`."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> NoReturn:
    """Run `headcount` with the arguments of this process; never returns."""
    for number in _SIGNALS:  # until a command has something to end
        # An exception could be swallowed, or told as a fault, by what is just being imported.
        signal.signal(number, lambda *_: os._exit(0))
    _open_missing()
    for stream in (sys.stdout, sys.stderr):
        _forgive(stream)
    code = _run()
    for number in _SIGNALS:  # what follows only takes the interpreter down
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(code)


def _run() -> int:
    """Run the command; return the exit code once all it said is written."""
    from headcount.cli.app import run
    from headcount.cli.exits import after_writing, cannot_write

    code = 0
    try:
        run(sys.argv[1:])
    except SystemExit as end:
        # typer and rich end with 1 when the reader has gone; for us that is no fault.
        gone = isinstance(end.__context__, BrokenPipeError)
        code = 0 if gone else end.code if isinstance(end.code, int) else 0
    except OSError as error:
        if error.filename is not None or error.filename2 is not None:
            raise
        cannot_write(error)
    return after_writing(code)


def _open_missing() -> None:
    """Put the null device where a standard stream was closed before we began."""
    for name, flags, mode in (
        ("stdin", os.O_RDONLY, "r"),
        ("stdout", os.O_WRONLY, "w"),
        ("stderr", os.O_WRONLY, "w"),
    ):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, flags)  # the lowest that is free: its own
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _forgive(stream: object) -> None:
    """Show a sign the terminal does not know as a question mark rather than fail."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
