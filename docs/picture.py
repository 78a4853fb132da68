"""Draws docs/images/three-terminals.svg from a real run: three shells, three instances, one kill.

python docs/picture.py      (Linux or macOS; takes a few seconds)
"""

from __future__ import annotations

import asyncio
import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.panel import Panel
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from headcount import EmbeddedBroker

PICTURE = Path(__file__).parent / "images" / "three-terminals.svg"
WIDTH = 92
PATIENCE = 15.0
THEME = TerminalTheme(
    (24, 26, 32),
    (214, 217, 224),
    [
        (24, 26, 32),
        (235, 111, 111),
        (126, 200, 128),
        (229, 192, 107),
        (110, 160, 240),
        (200, 140, 230),
        (100, 200, 210),
        (214, 217, 224),
    ],
)


class Terminal:
    """A shell on a terminal of its own, and all it has shown."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.shown = ""
        self._own, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, WIDTH - 4, 0, 0))
        self.shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "--noediting", "-i"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **environment},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        threading.Thread(target=self._read, daemon=True).start()

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._own, line.encode() + b"\n")

    def until(self, text: str, times: int = 1) -> None:
        """Wait until the terminal has shown `text` that often."""
        deadline = time.monotonic() + PATIENCE
        while self.plain.count(text) < times:
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {text!r} in\n{self.shown}")
            time.sleep(0.01)

    @property
    def plain(self) -> str:
        """What it has shown, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.shown)

    def end(self) -> None:
        """Close it."""
        self.shell.kill()
        self.shell.wait()

    def _read(self) -> None:
        try:
            while data := os.read(self._own, 65536):
                self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
        except OSError:
            pass


def perform(url: str, directory: str) -> list[Terminal]:
    """Play the scene; return the three terminals."""
    environment = {
        "HEADCOUNT_BROKER": url,
        "HEADCOUNT_STATE_DIR": directory,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PS1": "$ ",
        "TERM": "xterm-256color",
        "COLUMNS": str(WIDTH - 4),
    }
    ana, ben, chloe = terminals = [Terminal(environment) for _ in range(3)]
    try:
        for terminal in terminals:
            terminal.until("$ ")
        ana.type('headcount create "Sea Zones" --id sea --seats 2-4 --name Ana')
        ana.until("1/2-4")
        ben.type("headcount join sea --name Ben")
        ana.until("2/2-4")
        chloe.type("headcount join sea --name Chloe")
        for terminal in terminals:
            terminal.until("3/2-4")
        chloe.type("say hello")
        for terminal in terminals:
            terminal.until("Chloe: hello")
        kill_child(chloe)
        chloe.until("Killed")
        for terminal in (ana, ben):
            terminal.until("2/2-4", 3)
        return terminals
    finally:
        for terminal in terminals:
            terminal.end()


def kill_child(terminal: Terminal) -> None:
    """Kill what runs in a terminal, as a crash would."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines()[1:]:
        pid, parent = line.split()
        if int(parent) == terminal.shell.pid:
            os.kill(int(pid), signal.SIGKILL)


def draw(terminals: list[Terminal]) -> None:
    """Write the picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for title, terminal in zip(("Ana", "Ben", "Chloe"), terminals, strict=True):
        text = Text.from_ansi(terminal.shown.rstrip("$ \n"))
        console.print(Panel(text, title=title, title_align="left", border_style="dim"))
    svg = console.export_svg(title="one session, one number", theme=THEME)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg)
    svg = svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")
    PICTURE.write_text(re.sub(r"terminal-\d+", "t", svg), "utf-8")


async def main() -> None:
    """Run a broker, play, draw."""
    with TemporaryDirectory() as directory:
        async with EmbeddedBroker(port=0) as broker:
            draw(await asyncio.to_thread(perform, broker.url, directory))


if __name__ == "__main__":
    asyncio.run(main())
