"""Ties a program's life to its parent's, on every platform.

Run as a script, with the standard library only, so that it starts in milliseconds::

    python -I -S guardian.py SCRATCH PROGRAM [ARGUMENT...]

It starts PROGRAM, prints its process id, and ends it when standard input ends, brings a
byte, or the parent is another one: however the parent ended, killed included, the program
does not outlive it. Then it removes the directory SCRATCH, unless that is empty text. When
the program ends by itself, the guardian ends with the same exit code.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable

PATIENCE = 3.0
"""Seconds that a program has to end when it is asked to."""

CHECK_EVERY = 1.0
"""Seconds between two looks at the parent, for when another process holds our input open."""


def main(arguments: list[str]) -> int:
    """Run a program while the parent lives; return the exit code."""
    scratch, *command = arguments
    parent = os.getppid()
    try:
        program = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=_die_with_guardian if sys.platform == "linux" else None,
        )
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    print(program.pid, flush=True)
    over = threading.Event()
    _when(program.wait, over)
    _when(lambda: os.read(0, 1), over)
    while not over.wait(CHECK_EVERY) and os.getppid() == parent:
        pass
    if program.poll() is not None:
        return program.returncode & 0xFF
    _end(program)
    if scratch:
        _remove(scratch)
    return 0


def _when(call: Callable[[], object], over: threading.Event) -> None:
    """Set `over` once the blocking `call` has returned."""

    def wait() -> None:
        call()
        over.set()

    threading.Thread(target=wait, daemon=True).start()


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _remove(directory: str) -> None:
    import shutil  # costs milliseconds, and only the last act needs it

    shutil.rmtree(directory, ignore_errors=True)


def _die_with_guardian() -> None:
    """Ask Linux to kill the program when the guardian itself is killed."""
    try:
        import ctypes
        import signal

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
    except (ImportError, OSError, AttributeError):
        pass  # one safeguard less; the parent ends an orphan, too


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
