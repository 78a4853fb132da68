"""The emulated old instance as a process, on a real broker."""

from __future__ import annotations

from tests.engines import Engine
from tests.interop.running import Running
from tests.raw_mqtt import RawClient


def test_three_processes_play_on_a_real_broker(mosquitto: Engine) -> None:
    """They agree on count and seed, start together, and leave their topics behind."""
    port, game = mosquitto.port, "a small game"
    with Running.create(port, game, "--role", "Player 1") as creator:
        creator.wait_until(lambda: creator.count == 1)
        with Running.join(port, game, "--role", "Player 2") as one:
            creator.wait_until(lambda: creator.count == 2)
            with Running.join(port, game, "--role", "Player 3") as two:
                play(creator, one, two)
    with RawClient(port, "after") as client:
        client.subscribe(f"{game}/#")
        client.ping()
        left = client.take()
    assert len(left) == 3 + 2 * 3


def play(creator: Running, one: Running, two: Running) -> None:
    """Play a game of three, two of which have just clicked Join."""
    members = (creator, one, two)
    for each in members:
        each.wait_until(lambda each=each: each.count == 3)  # type: ignore[misc]
    assert len({each.wait_for("seed")["seed"] for each in members}) == 1
    full = {"a small game": "Peer model ✓ (3/2-4 instances (Ready))"}
    creator.wait_until(lambda: creator.rows == full)
    before = {each.state()["client_id"] for each in members}
    creator.tell("start")
    after = {each.wait_for("started")["client_id"] for each in members}
    assert len(before & after) == 1
    for each in members:
        each.wait_for("selected")
    creator.tell("turn")
    assert one.wait_for("action")["kind"] == "game_nextTurn"
    for each in (two, one, creator):
        each.tell("quit")
        assert each.process.wait(10) == 0


def test_a_restart_of_the_broker_leaves_it_deaf(mosquitto: Engine) -> None:
    """It is connected again, and has subscribed to nothing."""
    with Running.create(mosquitto.port, "S1") as creator:
        creator.wait_until(lambda: creator.count == 1)
        before = len(creator.events)
        mosquitto.restart()
        creator.wait_for("connected", after=before)
        with Running.join(mosquitto.port, "S1") as newcomer:
            newcomer.wait_until(lambda: counts(newcomer)[-2:] == [2, 1])
        assert creator.state()["copy"]["version"] == 1


def counts(old: Running) -> list[int]:
    """Return the numbers its window has shown so far."""
    return [event["count"] for event in old.events if event["event"] == "shown"]
