"""Deaths in mixed sessions, with real processes on a real Mosquitto (S16, S24, S25)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.cli.instance import Instance
from tests.engines import Engine
from tests.interop.running import ROOT, Running
from tests.interop.test_mixed import SID, hosted, joined, until

OLD_MISSED = 16.0
"""Seconds in which a killed existing instance is missed; the old system never does."""
OURS_MISSED = 0.5
"""Seconds in which a killed member of ours is missed."""
BUSY = 0.5
"""Seconds that a busy machine may need on top, for five processes on two cores."""
VISITOR = """
import sys
from headcount.sge import DistributedGame, SGDistributedGameConfig

config = SGDistributedGameConfig((1, 20), broker_port=int(sys.argv[1]))
with DistributedGame(config, "Sea", sys.argv[3]) as game:
    game.join(sys.argv[2])
    print("joined", flush=True)
    sys.stdin.read()
"""


@contextmanager
def visiting(engine: Engine, client_id: str) -> Iterator[subprocess.Popen[str]]:
    """Give a process of ours that joins whatever session there is."""
    arguments = [sys.executable, "-c", VISITOR, str(engine.port), SID, client_id]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "joined\n"
            yield process
        finally:
            process.kill()


async def taken(holds: Callable[[], object], seconds: float) -> float:
    """Wait until something holds; return how long that took."""
    began = time.monotonic()
    await until(holds, seconds)
    return time.monotonic() - began


async def test_where_ours_hosts(mosquitto: Engine) -> None:
    """A member of ours is missed at once by all, an existing instance within 16 s."""
    async with hosted(mosquitto) as room:
        with (
            Running.join(mosquitto.port, SID) as old,
            Running.join(mosquitto.port, SID) as killed,
            Instance.join(mosquitto.url, SID) as ours,
        ):
            await until(lambda: room.count == 4 and old.count == 4)
            ours.kill()
            await taken(lambda: room.count == 3, OURS_MISSED + BUSY)
            await taken(lambda: old.count == 3, OURS_MISSED + BUSY)
            killed.kill()
            await taken(lambda: room.count == 2, OLD_MISSED)
            await taken(lambda: old.count == 2, OURS_MISSED + BUSY)
            assert room.closed_reason is None


async def test_where_theirs_hosts(mosquitto: Engine) -> None:
    """So it is where one of ours takes part; the creator's death ends it for ours."""
    with Running.create(mosquitto.port, SID, "--no-auto-start") as creator:
        await until(lambda: creator.count == 1)
        async with joined(mosquitto, "new") as room:
            with (
                Running.join(mosquitto.port, SID) as killed,
                visiting(mosquitto, "ours") as ours,
            ):
                await until(lambda: room.count == 4 and creator.count == 4)
                ours.kill()
                await taken(lambda: room.count == 3, OURS_MISSED + BUSY)
                await taken(lambda: creator.count == 3, OURS_MISSED + BUSY)
                killed.kill()
                await taken(lambda: room.count == 2, OLD_MISSED)
                await taken(lambda: creator.count == 2, OURS_MISSED + BUSY)
                creator.kill()
                await taken(lambda: room.closed_reason, OLD_MISSED)
                assert room.closed_reason == "host_lost"


async def test_our_host_is_killed(mosquitto: Engine) -> None:
    """Ours are told at once; existing instances find out as they do with a creator of theirs."""
    with Instance.create(mosquitto.url, "Sea", "--id", SID) as host:
        host.wait_for("accepted")
        async with joined(mosquitto, "new") as room:
            await until(lambda: room.count == 2)
            host.kill()
            await taken(lambda: room.closed_reason, 5.0)
            assert room.closed_reason == "host_lost"


async def test_a_role_that_one_of_ours_has_is_refused(mosquitto: Engine) -> None:
    """Both choose the same one; its window gives way, and takes another."""
    async with hosted(mosquitto, roles=["Player 1", "Player 2"]) as room:
        await room.claim_role("Player 1")
        with Running.join(mosquitto.port, SID, "--role", "Player 1") as old:
            await until(lambda: room.count == 2 and old.count == 2)
            await room.start()
            await asyncio.to_thread(old.wait_for, "started")
            while (await asyncio.to_thread(old.state))["player"] is not None:
                pass
            assert room.state.role_holder("Player 1") == "host"
            old.tell("role", player="Player 2")
            await until(lambda: len([m for m in room.state.members.values() if m.role]) == 2)
            await asyncio.to_thread(old.wait_for, "selected")


async def test_a_name_with_a_space_on_nats(nats: Engine, caplog: pytest.LogCaptureFixture) -> None:
    """The connection that it cut is made again, the reason told, and all else goes on."""
    async with hosted(nats, roles=["Player 1"]) as room:
        with Running.join(nats.port, SID) as old:
            await until(lambda: room.count == 2 and old.count == 2)
            await room.claim_role("Player 1")
            await until(lambda: any("use Mosquitto" in message for message in caplog.messages))
            (told,) = [message for message in caplog.messages if "use Mosquitto" in message]
            assert "'Player 1'" in told
            async with joined(nats, "new"):
                await until(lambda: old.count == 3)
            await until(lambda: old.count == 2)
            await room.start()
            await asyncio.to_thread(old.wait_for, "started")
