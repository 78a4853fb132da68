"""What an instance of one's own client id has left on the broker (S22)."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from headcount.errors import NoBrokerError
from headcount.links.memory import MemoryBroker
from headcount.links.mqtt import MqttConnector
from headcount.sge.finding.leftovers import Leftovers, clear_leftovers
from headcount.sge.protocol import wire
from headcount.sge.protocol.session import SGDistributedSession
from headcount.sge.protocol.wire import Publish
from tests.engines import Engine
from tests.interop.running import ROOT, Running
from tests.raw_mqtt import RawClient
from tests.sge.hosting.test_bridge import Old, until

UTC = 1.8e9
HOST = """
import sys
from headcount.sge import DistributedGame, SGDistributedGameConfig

config = SGDistributedGameConfig((1, 4), broker_port=int(sys.argv[1]))
with DistributedGame(config, "Sea", "me") as game:
    game.create("sea")
    print("hosting", flush=True)
    sys.stdin.read()
"""


def found(*messages: Publish, inside: tuple[str, ...] = (), retained: bool = True) -> list[str]:
    """Return what is cleared of these, for "me"."""
    leftovers = Leftovers("me", inside)
    for message in messages:
        read = wire.read(message.topic, message.payload, retained)
        assert read is not None
        leftovers.heard(read)
    return sorted(each.topic for each in leftovers.clears(UTC) if each.fields is None)


def game(creator: str) -> list[Publish]:
    """Return all that a game leaves, with "me" and "other" in it."""
    session = SGDistributedSession("S1", creator)
    return [
        wire.state(session),
        wire.discovery(session, creator, UTC),
        wire.seed("S1", "other", 5, False, UTC),
        wire.ready("S1", "me", UTC),
        wire.ready("S1", "other", UTC),
        wire.reservation("S1", "me", "Player 1", UTC),
        wire.reservation("S1", "other", "Player 2", UTC),
        wire.all_selected("S1", "other", UTC),
    ]


def test_of_a_session_of_others_only_what_is_ones_own() -> None:
    """The notice and the reservation: others may still be in it."""
    assert found(*game("other")) == [
        "S1/session_instance_ready/me",
        "S1/session_player_reservation/Player 1",
    ]


def test_of_a_session_that_one_hosted_everything() -> None:
    """It cannot go on; the state or the discovery tells whose it was."""
    everything = sorted(message.topic for message in game("me"))
    assert found(*game("me")) == everything
    state, *others = game("me")
    assert found(*others) == [topic for topic in everything if topic != state.topic]


def test_where_one_is_now_nothing_is_a_leftover() -> None:
    """Nor is what is said just now."""
    assert found(*game("me"), inside=("S1",)) == []
    assert found(*game("me"), retained=False) == []


def test_a_release_goes_before_the_clear() -> None:
    """Windows that are open ignore an empty reservation."""
    leftovers = Leftovers("me")
    message = wire.reservation("S1", "me", "Player 1", UTC)
    read = wire.read(message.topic, message.payload, True)
    assert read is not None
    leftovers.heard(read)
    assert leftovers.clears(UTC) == [
        wire.release("S1", "me", "Player 1", UTC),
        wire.clear(message.topic),
    ]


async def test_it_ends_when_nothing_more_comes() -> None:
    """Whatever is going on beside it, and on an empty broker too."""
    memory, old = MemoryBroker(), Old("old")
    assert await clear_leftovers(memory.connector(), "me", utc=UTC) == []
    await old.connect(memory)
    for message in game("other"):
        old.say(message)
    cleared = await clear_leftovers(memory.connector(), "me", utc=UTC)
    assert len(cleared) == 2
    assert len(memory.retained) == len(game("other")) - 2
    memory.refuse = True
    with pytest.raises(NoBrokerError):
        await clear_leftovers(memory.connector(), "me", utc=UTC)


async def test_after_a_kill_the_next_one_cleans_up(mosquitto: Engine) -> None:
    """A host with an existing instance in its session: 0 topics of the old system stay (S2)."""
    arguments = [sys.executable, "-c", HOST, str(mosquitto.port)]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == "hosting\n"
        with Running.join(mosquitto.port, "sea") as old:
            await asyncio.to_thread(old.wait_until, lambda: old.count == 2)
        host.kill()
        host.wait()
    assert "sea/session_state" in retained(mosquitto)
    cleared = await clear_leftovers(MqttConnector([mosquitto.url]), "me", utc=UTC)
    assert len(cleared) >= 5
    await until(lambda: not {t for t in retained(mosquitto) if t.startswith("sea/")})


def retained(engine: Engine) -> set[str]:
    """Return all topics on which something is kept."""
    with RawClient(engine.port, "reader") as client:
        client.subscribe("#")
        return {message.topic for message in client.take() if message.payload}
