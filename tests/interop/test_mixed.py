"""Instances of both systems in one session, on a real Mosquitto (S21, S25, design 3.7)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import datetime

import pytest

from headcount import sge
from headcount.sge.room import Room
from tests.engines import Engine
from tests.interop.running import Running
from tests.raw_mqtt import RawClient

SID = "sea"
PATIENCE = 60.0


async def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def hosted(engine: Engine, *, roles: Sequence[str] = ()) -> AsyncIterator[Room]:
    """Give a session hosted by us."""
    async with (
        sge.connect(engine.url, client_id="host", roles=roles) as broker,
        broker.create("Sea", id=SID, seats=(1, 20), seed=4242) as room,
    ):
        yield room


@asynccontextmanager
async def joined(engine: Engine, client_id: str) -> AsyncIterator[Room]:
    """Give one's place in a session that is there."""
    async with (
        sge.connect(engine.url, client_id=client_id) as broker,
        broker.join(SID) as room,
    ):
        yield room


def retained(engine: Engine) -> set[str]:
    """Return all topics on which something is kept."""
    with RawClient(engine.port, "reader") as client:
        client.subscribe("#")
        return {message.topic for message in client.take() if message.payload}


async def test_an_old_instance_in_a_session_of_ours(mosquitto: Engine) -> None:
    """It sees the right counts, takes the seed, starts with us, and is missed when it dies."""
    async with hosted(mosquitto) as room:
        with Running.join(mosquitto.port, SID) as old:
            await until(lambda: room.session.get_num_connected() == 2)
            await asyncio.to_thread(old.wait_until, lambda: old.count == 2)
            async with joined(mosquitto, "new") as new:
                await until(lambda: room.session.get_num_connected() == 3)
                await asyncio.to_thread(old.wait_until, lambda: old.count == 3)
                assert new.protocol == "headcount"
                assert new.session.connected_instances == room.session.connected_instances
            await asyncio.to_thread(old.wait_until, lambda: old.count == 2)
            assert (await asyncio.to_thread(old.wait_for, "seed"))["seed"] == 4242
            await room.start()
            await asyncio.to_thread(old.wait_for, "started")


async def test_ten_old_ones_at_one_moment_all_get_in(mosquitto: Engine) -> None:
    """Eleven of eleven, where the old system ended with two to five."""
    async with hosted(mosquitto) as room:
        with ExitStack() as crowd:
            old = [crowd.enter_context(Running.join(mosquitto.port, SID)) for _ in range(10)]
            await until(lambda: room.session.get_num_connected() == 11)
            await until(lambda: all(each.count == 11 for each in old))


async def test_a_clock_that_is_wrong_closes_nothing(mosquitto: Engine) -> None:
    """A joiner 60 s ahead would declare the creator dead after 16 s: it is told its own time."""
    async with hosted(mosquitto) as room, joined(mosquitto, "new") as new:
        with (
            Running.join(mosquitto.port, SID) as sound,
            Running.join(mosquitto.port, SID, "--ahead", "60") as wrong,
        ):
            await until(lambda: room.count == 4 and wrong.count == 4)
            with pytest.raises(TimeoutError):
                await until(lambda: wrong.last("closed") or sound.last("closed"), 20.0)
            assert (room.count, new.count, wrong.count, sound.count) == (4, 4, 4, 4)


async def test_we_join_what_an_old_instance_created(mosquitto: Engine) -> None:
    """We appear in its count, take its seed, start with it, and leave nothing behind."""
    with Running.create(mosquitto.port, SID, "--seed", "77") as creator:
        await asyncio.to_thread(creator.wait_until, lambda: creator.count == 1)
        async with joined(mosquitto, "new") as new, joined(mosquitto, "newer") as newer:
            assert new.protocol == newer.protocol == "sge"
            await asyncio.to_thread(creator.wait_until, lambda: creator.count == 3)
            await until(lambda: new.seed == newer.seed == 77)
            await until(lambda: new.session.get_num_connected() == 3)
            with Running.join(mosquitto.port, SID) as old:
                await asyncio.to_thread(creator.wait_until, lambda: creator.count == 4)
                await until(lambda: newer.session.get_num_connected() == 4)
                await asyncio.to_thread(old.wait_until, lambda: old.count == 4)
            creator.tell("start")
            await until(lambda: new.started and newer.started)


async def test_a_session_without_a_state_is_listed_joined_and_gets_one(mosquitto: Engine) -> None:
    """S21: the oldest instances tell a discovery and notices only; joining creates the state."""
    with RawClient(mosquitto.port, "oldest") as oldest:
        oldest.subscribe(f"{SID}/session_state")
        time = datetime.now().isoformat()
        card = {"session_id": SID, "clientId": "oldest", "model_name": "Sea", "timestamp": time}
        seats = {"num_players_min": 2, "num_players_max": 4}
        oldest.publish(f"{SID}/session_seed_sync", told(clientId="oldest", seed=77), retain=True)
        for each in ("oldest", "second"):
            ready = told(clientId=each, timestamp=time)
            oldest.publish(f"{SID}/session_instance_ready/{each}", ready, retain=True)
        oldest.publish(f"session_discovery/{SID}", told(**card, **seats), retain=True)
        async with sge.connect(mosquitto.url, client_id="new") as broker:
            listed = [(each.session_id, each.count) for each in await broker.sessions()]
            assert listed == [(SID, 2)]
            async with broker.join(SID) as room:
                assert (room.protocol, room.seed, room.count) == ("sge", 77, 3)
                state = json.loads((await asyncio.to_thread(oldest.receive)).payload)
                assert state["connected_instances"] == ["oldest", "second", "new"]
                assert (state["creator_client_id"], state["state"]) == ("oldest", "open")


def told(**fields: object) -> bytes:
    """Return a payload."""
    return json.dumps(fields).encode()


async def test_a_mixed_game_leaves_nothing_on_the_broker(mosquitto: Engine) -> None:
    """Where the old system left 3 + 2N topics (S6, S22)."""
    async with hosted(mosquitto) as room:
        with Running.join(mosquitto.port, SID, "--role", "Player 1") as old:
            await until(lambda: room.session.get_num_connected() == 2)
            await asyncio.to_thread(old.wait_until, lambda: old.count == 2)
            await room.start()
            await asyncio.to_thread(old.wait_for, "role")
            old.tell("leave")
            await asyncio.to_thread(old.wait_for, "left")
            await room.close()
            await until(lambda: room.closed_reason is not None)
            with contextlib.suppress(AssertionError):
                old.tell("quit")
    assert retained(mosquitto) == set()
