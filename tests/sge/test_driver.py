"""The loop around a machine: messages, time, and a connection that is made again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from headcount import clock
from headcount.errors import NoBrokerError
from headcount.links.memory import MemoryBroker
from headcount.links.mqtt import MqttConnector
from headcount.sge.driver import Driver
from headcount.sge.protocol import wire
from headcount.sge.protocol.wire import Heard, Publish
from tests.engines import Engine
from tests.sge.hosting.test_bridge import Old, until

UTC = 1.8e9


class Echo:
    """A machine that answers everything with a goodbye, and wants a tick soon."""

    def __init__(self) -> None:
        self.seen: list[Heard] = []
        self.ticks = self.connections = self.losses = 0
        self.due: float | None = clock.monotonic() + 0.02

    def heard(self, message: Heard, now: float, utc: float) -> Sequence[str | Publish]:
        """Note it, and answer."""
        self.seen.append(message)
        if message.word is wire.Word.READY:
            return [wire.disconnect("sea", "me", None, UTC), "heard"]
        return []

    def tick(self, now: float, utc: float) -> Sequence[str | Publish]:
        """Note it."""
        self.ticks += 1
        self.due = None
        return ["tick"]

    def next_deadline(self) -> float | None:
        """Return when the tick is due."""
        return self.due

    def connected(self, now: float, utc: float) -> Sequence[str | Publish]:
        """Count it."""
        self.connections += 1
        return []

    def lost(self, now: float) -> None:
        """Count it."""
        self.losses += 1


async def test_messages_and_time_reach_the_machine_and_effects_come_out() -> None:
    """What it publishes goes to the broker, the rest to `perform`."""
    memory, machine, done = MemoryBroker(), Echo(), list[str]()
    driver: Driver[str] = Driver(memory.connector(), wire.filters("sea"), machine, done.append)
    old = Old("old")
    await old.connect(memory)
    await driver.start()
    old.say(wire.ready("sea", "old", UTC))
    await until(lambda: machine.ticks and "heard" in done)
    await until(lambda: any(heard.word is wire.Word.DISCONNECT for heard in old.heard))
    await driver.stop()
    assert sorted(done) == ["heard", "tick"]


async def test_a_lost_connection_is_made_again() -> None:
    """And everything is subscribed again, unlike with existing instances."""
    memory, machine = MemoryBroker(), Echo()
    driver: Driver[str] = Driver(memory.connector(), wire.filters("sea"), machine, lambda _: None)
    await driver.start()
    memory.restart()
    await until(lambda: memory.client_ids)
    old = Old("old")
    await old.connect(memory)
    old.say(wire.ready("sea", "old", UTC))
    await until(lambda: machine.seen)
    await driver.stop()
    assert memory.client_ids == ["old"]


async def test_nothing_of_strangers_reaches_the_machine() -> None:
    """What is no message of theirs is dropped before."""
    memory, machine = MemoryBroker(), Echo()
    driver: Driver[str] = Driver(memory.connector(), wire.filters("sea"), machine, lambda _: None)
    await driver.start()
    old = Old("old")
    await old.connect(memory)
    driver.message_received("sea/session_state", b"\xff", False)
    driver.message_received("sea/else", b"{}", False)
    old.say(wire.ready("sea", "old", UTC))
    await until(lambda: machine.seen)
    await driver.stop()
    assert {heard.word for heard in machine.seen} <= {wire.Word.READY, wire.Word.DISCONNECT}


async def test_no_broker_is_told_at_once() -> None:
    """The first connection is not waited for."""
    memory = MemoryBroker()
    memory.refuse = True
    driver: Driver[str] = Driver(memory.connector(), [], Echo(), lambda _: None)
    with pytest.raises(NoBrokerError):
        await driver.start()
    await driver.stop()


async def test_the_machine_knows_when_it_hears() -> None:
    """Connected, lost, connected again."""
    memory, machine = MemoryBroker(), Echo()
    driver: Driver[str] = Driver(memory.connector(), wire.filters("sea"), machine, lambda _: None)
    await driver.start()
    assert (machine.connections, machine.losses) == (1, 0)
    memory.restart()
    await until(lambda: machine.connections == 2)
    assert machine.losses == 1
    await driver.stop()


async def test_after_a_stall_nobody_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule R1: the tick comes much too late, so what came meanwhile is heard first."""
    memory, machine = MemoryBroker(), Echo()
    machine.due = clock.monotonic() + 0.05
    driver: Driver[str] = Driver(memory.connector(), wire.filters("sea"), machine, lambda _: None)
    await driver.start()
    real = clock.monotonic
    monkeypatch.setattr(clock, "monotonic", lambda: real() + 2.0)
    await until(lambda: machine.connections == 2 and machine.ticks == 1)
    await driver.stop()


async def test_a_cut_for_a_space_is_told_once_and_not_provoked_again(
    nats: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """With the name and what to do; everything else goes on (design, section 3.7)."""
    machine = Echo()
    driver: Driver[str] = Driver(
        MqttConnector([nats.url]), wire.filters("sea"), machine, lambda _: None
    )
    told: list[str | None] = []
    driver.troubled = lambda: told.append(driver.trouble)
    await driver.start()
    driver.do([wire.reservation("sea", "me", "Player 1", UTC)])
    await until(lambda: machine.connections == 2)
    assert told == [driver.trouble]
    assert driver.trouble is not None
    assert "'Player 1'" in driver.trouble
    assert driver.trouble in caplog.messages
    driver.do([wire.reservation("sea", "me", "Player 1", UTC), wire.ready("sea", "me", UTC)])
    await until(lambda: any(each.word is wire.Word.READY for each in machine.seen))
    await driver.stop()
    assert machine.losses == 1
