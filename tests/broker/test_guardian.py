"""The guardian: no program outlives the one that asked for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headcount.broker import guardian
from tests.engines import wait_until

DEADLINE = 10.0
FOR_EVER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")
STUBBORN = "import signal, time, pathlib, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "


@contextmanager
def guarded(*command: str, scratch: str = "") -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a program under a guardian; give the guardian and the program's process id."""
    with subprocess.Popen(
        (sys.executable, "-I", "-S", guardian.__file__, scratch, *command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def alive(pid: int) -> bool:
    """Tell whether a process exists."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def test_the_exit_code_is_passed_on() -> None:
    """A program that ends by itself gives the guardian its exit code."""
    with guarded(sys.executable, "-c", "raise SystemExit(7)") as (process, _):
        assert process.wait(DEADLINE) == 7


@pytest.mark.parametrize("byte", [b"", b"\n"])
def test_the_end_of_input_is_the_end(byte: bytes, tmp_path: Path) -> None:
    """When input ends, or brings a byte, program and scratch directory go."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "file").touch()
    with guarded(*FOR_EVER, scratch=str(scratch)) as (process, pid):
        assert process.stdin is not None
        process.stdin.write(byte)
        process.stdin.flush()
        if not byte:
            process.stdin.close()
        assert process.wait(DEADLINE) == 0
        assert not alive(pid)
        assert not scratch.exists()


@pytest.mark.skipif(os.name != "posix", reason="needs signals a program can ignore")
def test_a_program_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    """A program that ignores the request to end is killed."""
    ready = tmp_path / "ready"
    code = STUBBORN + f"pathlib.Path({str(ready)!r}).touch(); time.sleep(600)"
    with guarded(sys.executable, "-c", code) as (process, pid):
        assert wait_until(ready.exists, DEADLINE)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(DEADLINE) == 0
        assert not alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_killed_guardian_takes_the_program_along() -> None:
    """Even the guardian's own violent death leaves no program."""
    with guarded(*FOR_EVER) as (process, pid):
        process.kill()
        process.wait()
        assert wait_until(lambda: not alive(pid), DEADLINE)


PARENT = f"""
import subprocess, sys, time
guardian = subprocess.Popen(
    (sys.executable, "-I", "-S", {guardian.__file__!r}, "", *{FOR_EVER!r}),
    stdin=0, stdout=subprocess.PIPE,
)
print(int(guardian.stdout.readline()), flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_an_input_that_others_hold_open_does_not_matter() -> None:
    """A parent that is killed is missed even while its end of the pipe lives on elsewhere."""
    read_end, write_end = os.pipe()
    try:
        with subprocess.Popen(
            (sys.executable, "-c", PARENT), stdin=read_end, stdout=subprocess.PIPE
        ) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            parent.send_signal(signal.SIGKILL)
            parent.wait()
            assert wait_until(lambda: not alive(pid), DEADLINE)
    finally:
        os.close(read_end)
        os.close(write_end)
