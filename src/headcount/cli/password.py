"""Asking for a password: on the terminal without showing it, or as a line of standard input."""

from __future__ import annotations

import sys
from getpass import getpass

from headcount.cli.interrupts import interruptible
from headcount.errors import BadInputError

_MOST_BYTES = 4096


def read_password(name: str) -> str | None:
    """Return a new password for an account; None if the process was asked to end.

    Raises:
        BadInputError: none was given, or two that differ.
    """
    if not sys.stdin.isatty():
        return _read_line()
    with interruptible():
        try:
            first = getpass(f"Password for {name}: ")
            again = getpass("Again: ")
        except KeyboardInterrupt:  # the terminal shows again what is typed
            print(file=sys.stderr)
            return None
        except EOFError as error:
            raise BadInputError("no password was given") from error
    if first != again:
        raise BadInputError("the two passwords differ: nothing was changed")
    return first


def _read_line() -> str:
    line = sys.stdin.buffer.readline(_MOST_BYTES)
    if not line:
        raise BadInputError("give the password as a line on standard input")
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadInputError("the password on standard input is not UTF-8") from error
