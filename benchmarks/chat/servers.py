"""The server that is measured, and the one it is compared with."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.chat.process import SERVER, Process

NODE = Path(__file__).parent / "node"
UNLIMITED = {"burst": 10_000_000, "rate": 10_000_000.0, "unstored": 10_000_000}
"""Settings under which one connection may say as much as it likes."""


class NodeMissingError(Exception):
    """There is no node, or no npm that gets `ws`."""


class Server(Process):
    """A server on one core."""

    @property
    def port(self) -> int:
        """What it listens on."""
        return int(self.ready["port"])

    def cpu(self) -> float:
        """Return the CPU time that its threads have taken, in seconds."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def memory(self) -> int:
        """Return what of it is in memory, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024


@contextmanager
def ours(**settings: float) -> Iterator[Server]:
    """Start the chat's server with an empty store; what is not given is as by default."""
    with TemporaryDirectory(prefix="headcount-chat-") as data:
        command = [sys.executable, "-m", "benchmarks.chat.serve", data, json.dumps(settings)]
        with Server(command, SERVER) as server:
            yield server


@contextmanager
def node() -> Iterator[Server]:
    """Start `ws` with the same fan-out.

    Raises:
        NodeMissingError: it cannot be had here.
    """
    with Server(["node", str(_installed() / "server.mjs")], SERVER) as server:
        yield server


Start = Callable[[], AbstractContextManager[Server]]


@functools.cache
def _place() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="headcount-node-")


@functools.cache
def _installed() -> Path:
    """Install `ws` into a directory of its own; return it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NodeMissingError("node is not installed")
    place = Path(_place().name)
    shutil.copytree(NODE, place, dirs_exist_ok=True)
    options = ("--silent", "--no-package-lock", "--no-audit", "--no-fund")
    if subprocess.run(["npm", "install", *options], cwd=place, check=False).returncode:
        raise NodeMissingError("ws could not be installed")
    return place


@functools.cache
def why_no_node() -> str | None:
    """Return why there is no baseline, or None."""
    try:
        _installed()
    except NodeMissingError as error:
        return str(error)
    return None
