"""Exit codes, and what each error comes to."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from enum import IntEnum

from headcount.errors import (
    BadInputError,
    BrokerStartError,
    HeadcountError,
    NoBrokerError,
    PortInUseError,
)


class Exit(IntEnum):
    """How a command ended."""

    ASKED = 0
    """As it was asked to, a signal included."""
    REFUSED = 1
    """It was refused, or ended by somebody else or by a loss."""
    USAGE = 2
    """It was called in a wrong way, or given something that cannot be used."""
    NO_BROKER = 3
    TAKEN = 4
    """A port or a file is in use."""
    CHECK_FAILED = 5


class FileTakenError(BrokerStartError):
    """Another process uses the directory."""


_CODES: tuple[tuple[type[HeadcountError], Exit], ...] = (
    (BadInputError, Exit.USAGE),
    (NoBrokerError, Exit.NO_BROKER),
    (PortInUseError, Exit.TAKEN),
    (FileTakenError, Exit.TAKEN),
)


def exit_code(error: HeadcountError) -> Exit:
    """Return the code to end with after this error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.REFUSED)


def complain(message: object) -> None:
    """Say on standard error what went wrong and what to do."""
    style, plain = ("\x1b[1;31m", "\x1b[0m") if sys.stderr.isatty() else ("", "")
    with contextlib.suppress(OSError):  # nobody reads it
        print(f"{style}headcount:{plain} {message}", file=sys.stderr, flush=True)


_unwritten: list[OSError] = []


def cannot_write(error: OSError) -> None:
    """Take note that standard output could not be written; a reader who has gone is no fault."""
    gone = isinstance(error, BrokenPipeError)
    if not (gone or (os.name == "nt" and error.errno == errno.EINVAL)):
        _unwritten.append(error)


def after_writing(code: int) -> int:
    """Write what is left in the standard streams; return the code to end with."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if stream is sys.stdout:
                cannot_write(error)
            _discard(stream.fileno())
    if _unwritten:
        complain(f"the output could not be written: {_unwritten[0].strerror}")
        return code or Exit.REFUSED
    return code


def _discard(descriptor: int) -> None:
    """Let what is left go nowhere, so that the interpreter does not fail on it at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)
