"""What the dead have left on the broker is cleared by whoever comes next (S22, DESIGN R10)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.cli.instance import Instance
from tests.engines import Engine
from tests.raw_mqtt import RawClient
from tests.scenarios.scene import ID, gathered, retained, within

CLEARED = 75.0


def test_the_next_participant_clears_what_the_dead_left(mosquitto: Engine, nats: Engine) -> None:
    """Everyone killed at once; another session's creator clears it within 75 s (S2, S22).

    Both brokers at the same time, since it is one long wait.
    """
    with ThreadPoolExecutor() as both:
        list(both.map(die_and_be_cleared, (mosquitto, nats)))


def die_and_be_cleared(engine: Engine) -> None:
    """Leave topics behind, and see them cleared, and nothing else with them."""
    left = leave_behind(engine)
    with (
        Instance("create", "Land", "--id", "land", "--broker", engine.url) as newcomer,
        RawClient(engine.port, "onlooker") as onlooker,
    ):
        arrived = newcomer.wait_for("connected")["at"]
        onlooker.subscribe("#")
        cleared = wait_cleared(onlooker, left, arrived + CLEARED)
        within(CLEARED, cleared - arrived, f"what the dead left is cleared, {engine.name}")
        assert set(retained(engine)) == {"session_state/land", "session_discovery/land"}
        assert newcomer.ask("ready")["event"] == "accepted"


def leave_behind(engine: Engine) -> set[str]:
    """Kill a whole session at once; return the topics on which it has left something."""
    with gathered(engine.url, 3) as scene:
        for each in scene.all:
            each.kill()
        for each in scene.all:
            each.wait()
    left = set(retained(engine))
    assert left == {f"session_state/{ID}", f"session_discovery/{ID}"}
    return left


def wait_cleared(onlooker: RawClient, topics: set[str], deadline: float) -> float:
    """Wait until nothing is retained on any of these topics; return when that was so."""
    there = {message.topic for message in onlooker.take() if message.retained} & topics
    while there:
        assert time.monotonic() < deadline, f"still there: {there}"
        message = onlooker.receive()  # the newcomer's heartbeat comes every 2 s
        if not message.payload:
            there.discard(message.topic)
        onlooker.ping()
    return time.monotonic()
