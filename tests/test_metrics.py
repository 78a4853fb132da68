"""Metrics as Prometheus reads them."""

from __future__ import annotations

import ast
import asyncio
import socket
import urllib.request
from pathlib import Path

import pytest

import headcount
from headcount.errors import PortInUseError
from headcount.links.memory import MemoryBroker
from headcount.metrics import COUNTERS, MetricsServer
from tests.playing import client, until


def scrape(server: MetricsServer) -> dict[str, float]:
    """Return the samples that a server gives."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in samples}


async def test_the_numbers_are_those_of_the_connection() -> None:
    """Sessions, members, the list while it is kept, and everything that is counted."""
    memory = MemoryBroker()
    async with client(memory, "ann") as ann, client(memory, "ben") as ben:
        server = MetricsServer(0)
        server.show(ann)
        lists = ann.watch_sessions()
        try:
            assert await anext(lists) == []
            async with ann.create("Sea", id="demo") as host, ben.join("demo"):
                await until(host, lambda state: state.count == 2)
                while not (ann.listed and ann.listed[0].count == 2):
                    await anext(lists)
                samples = await asyncio.to_thread(scrape, server)
            assert samples["headcount_link_up"] == 1
            assert samples["headcount_sessions_entered"] == 1
            assert samples['headcount_members{status="connected"}'] == 2
            assert samples['headcount_members{status="away"}'] == 0
            assert samples["headcount_sessions_listed"] == 1
            assert samples["headcount_instances_listed"] == 2
            for name in COUNTERS:
                assert samples[f"headcount_{name}_total"] == ann.counters.get(name, 0)
        finally:
            await lists.aclose()  # type: ignore[attr-defined]
            server.close()


async def test_without_a_list_there_is_no_number_of_sessions() -> None:
    """Zero would be a lie."""
    async with client(MemoryBroker(), "ann") as ann:
        server = MetricsServer(0)
        server.show(ann)
        samples = await asyncio.to_thread(scrape, server)
        server.close()
    assert not any("listed" in name for name in samples)


def test_before_there_is_a_connection_there_is_no_number() -> None:
    """The port is taken at once, and whoever asks is told nothing that is not known."""
    server = MetricsServer(0)
    assert scrape(server) == {}
    server.close()


def test_a_port_that_is_taken() -> None:
    """The error says what to do."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(PortInUseError, match="give another"),
    ):
        MetricsServer(taken.getsockname()[1])


def test_everything_that_is_counted_is_a_metric() -> None:
    """A name that appears in the source and not in the table would be lost."""
    counted = set()
    package = Path(headcount.__file__).parent
    for path in [*package.glob("*.py"), *package.glob("core/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "").endswith("count"):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    counted.add(first.value)
    assert counted <= COUNTERS.keys()
