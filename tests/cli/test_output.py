"""Standard output and signals, without a broker."""

from __future__ import annotations

import json
import subprocess
import sys

from headcount.cli.output import json_line

SCRIPT = """
import os, sys
from headcount.cli.output import Output
with Output(json=True, broken=lambda: os.write(2, b"nobody reads\\n")) as out:
    for number in range({number}):
        out.event("tick", {{"number": number, "text": "é" * 100}})
    os.write(2, b"not held up\\n")
    sys.stdin.read()
"""


def run(number: int) -> subprocess.Popen[bytes]:
    """Start a process that writes so many events."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(number=number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_line_is_json_in_utf_8() -> None:
    """`event` and `at` come first, in UTF-8."""
    line = json_line("message", 1.5, {"text": "é\n"})
    assert line == '{"event":"message","at":1.5,"text":"é\\n"}\n'.encode()


def test_a_reader_that_stops_reading_holds_nobody_up() -> None:
    """Far more than a pipe holds is taken at once; what was written comes whole."""
    with run(5000) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline() == b"not held up\n"
        process.stdin.close()
        lines = process.stdout.read().splitlines()
    assert [json.loads(line)["number"] for line in lines] == list(range(5000))


def test_it_is_told_when_nobody_can_read() -> None:
    """A reader who has gone is told to the command, which can end."""
    with run(5000) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = {process.stderr.readline(), process.stderr.readline()}
        assert said == {b"not held up\n", b"nobody reads\n"}
        process.stdin.close()
        assert process.wait(10) == 0
