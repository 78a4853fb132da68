"""The loop: what goes through it, its timer, and its connections."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Any

import pytest

from headcount import runner as runner_module
from headcount.core import events as e
from headcount.core.codec import encode
from headcount.core.messages import Presence, Probe
from headcount.core.state import Incarnation
from headcount.core.topics import Kind, Topic
from headcount.errors import BadInputError, NoBrokerError
from headcount.links import reconnect
from headcount.links.link import Connection, Receiver, Will
from headcount.links.memory import MemoryBroker, MemoryConnection
from headcount.runner import Runner
from tests.playing import PATIENCE

PROBE = Topic(Kind.PROBE)


class Machine:
    """A machine that notes its inputs and answers as it is told."""

    def __init__(self) -> None:
        self.inputs: list[e.Input] = []
        self.deadline: float | None = None
        self.answer: Callable[[e.Input], list[e.Effect]] = lambda event: []
        self.upcoming = Incarnation("n0", 1)
        self._news = asyncio.Event()

    def handle(self, event: e.Input, now: float, utc: float) -> list[e.Effect]:
        """Note an input."""
        self.inputs.append(event)
        self._news.set()
        return self.answer(event)

    def next_deadline(self) -> float | None:
        """Return what the test has set."""
        return self.deadline

    def names(self) -> list[str]:
        """Return the inputs by name."""
        return [type(event).__name__ for event in self.inputs]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until an input has made a condition true."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()


class Connecting:
    """A connector to a broker in memory that notes what it was asked."""

    def __init__(self, memory: MemoryBroker) -> None:
        self.asked: list[tuple[str, Will | None]] = []
        self.connections: list[MemoryConnection] = []
        self.lines: list[Receiver] = []
        self._connector = memory.connector()

    async def connect(self, client_id: str, will: Will | None, receiver: Receiver) -> Connection:
        """Connect, and note it."""
        self.asked.append((client_id, will))
        connection = await self._connector.connect(client_id, will, receiver)
        self.connections.append(connection)
        self.lines.append(receiver)
        return connection


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Rig:
    """A runner with a scripted machine on a broker in memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reconnect, "delay", lambda attempt, elapsed, rng: 0.0)
        self.memory = MemoryBroker()
        self.connector = Connecting(self.memory)
        self.notices: list[e.Notice] = []
        self.clock = Clock()
        self.runner = Runner(
            self.connector,
            "me",
            self.notices.append,
            root="lab",
            rng=random.Random(1),
            now=self.clock,
            utc=lambda: 0.0,
        )
        self.machine = Machine()
        self.runner.client = self.machine  # type: ignore[assignment]

    def act(self, *effects: e.Effect) -> None:
        """Let the machine ask for something now."""
        self.machine.answer = lambda event: list(effects)
        self.runner.tell(e.Browse())
        self.machine.answer = lambda event: []


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a runner with a scripted machine, started, and stop it at the end."""
    made = Rig(monkeypatch)
    await made.runner.start()
    yield made
    await made.runner.stop()


async def test_it_connects_with_its_nonce_and_its_death_as_the_will(rig: Rig) -> None:
    """Brokers cut the older of two connections of one id, so each process has one of its own."""
    (client_id, will) = rig.connector.asked[0]
    assert client_id == f"me-{rig.runner.nonce}"
    assert will == Will("lab/session_presence/me", encode(Presence("death", Incarnation("n0", 1))))
    assert rig.machine.inputs == [e.LinkUp(expiry=False)]


async def test_without_a_broker_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first connection is the caller's concern; only later ones are made again."""
    rig = Rig(monkeypatch)
    rig.memory.refuse = True
    with pytest.raises(NoBrokerError):
        await rig.runner.start()
    assert rig.machine.inputs == []
    await rig.runner.stop()


async def test_messages_go_in_decoded_and_out_encoded(rig: Rig) -> None:
    """Both below the root; what is below no root is not heard."""
    rig.act(e.Subscribe((PROBE,)))
    rig.act(e.Send(PROBE, Probe("me")))
    await rig.machine.until(lambda: len(rig.machine.inputs) == 4)
    assert rig.machine.inputs[-1] == e.MessageReceived(PROBE, Probe("me"))
    rig.memory.publish("lab/session_probe", b"nonsense")
    rig.memory.publish("session_probe", b"{}")
    await rig.machine.until(lambda: len(rig.machine.inputs) == 5)
    assert isinstance(rig.machine.inputs[-1], e.Malformed)


async def test_a_retained_message_is_sent_and_cleared(rig: Rig) -> None:
    """An empty payload clears a topic."""
    topic = Topic(Kind.STATE, "demo")
    rig.memory.publish("lab/session_state/demo", b"{}", retain=True)
    rig.act(e.Send(topic, None, retain=True))
    assert rig.memory.retained == {}


async def test_after_unsubscribing_nothing_comes(rig: Rig) -> None:
    """The filters are those of the machine."""
    rig.act(e.Subscribe((PROBE,)), e.Unsubscribe((PROBE,)), e.Send(PROBE, Probe("me")))
    rig.act(e.Subscribe((Topic(Kind.REQUEST, "x"),)))
    rig.memory.publish("lab/session_request/x", b"{}")
    await rig.machine.until(lambda: "Malformed" in rig.machine.names())
    assert "MessageReceived" not in rig.machine.names()


async def test_notices_and_counts_reach_their_places(rig: Rig) -> None:
    """A notice goes to the listener, a count to the counters."""
    rig.act(e.Notify(e.SessionParted("x")), e.Count("stalls"), e.Count("stalls", 2))
    assert rig.notices == [e.SessionParted("x")]
    assert rig.runner.counters["stalls"] == 3


async def test_misuse_is_the_callers(rig: Rig) -> None:
    """What the machine says to a wish reaches whoever wished."""

    def refuse(event: e.Input) -> list[e.Effect]:
        raise BadInputError("no")

    rig.machine.answer = refuse
    with pytest.raises(BadInputError):
        rig.runner.tell(e.Browse())
    rig.machine.answer = lambda event: []


# --- faults ----------------------------------------------------------------------------------


async def test_a_fault_of_the_machine_is_told_loudly(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    """It goes to the log with its traceback, and the next message is handled."""

    def fail(event: e.Input) -> list[e.Effect]:
        rig.machine.answer = lambda event: []
        raise ZeroDivisionError("a fault")

    rig.act(e.Subscribe((PROBE,)))
    rig.machine.answer = fail
    rig.memory.publish("lab/session_probe", encode(Probe("a")))
    rig.memory.publish("lab/session_probe", encode(Probe("b")))
    await rig.machine.until(lambda: len(rig.machine.inputs) == 4)
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.name == "headcount"
    assert record.exc_info is not None
    assert rig.runner.counters["errors"] == 1


async def test_a_tick_that_fails_does_not_spin(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fault the next tick waits, though its deadline is past."""
    monkeypatch.setattr(runner_module, "AFTER_ERROR", 0.02)

    def fail(event: e.Input) -> list[e.Effect]:
        if isinstance(event, e.Tick):
            raise ZeroDivisionError("a fault")
        return []

    loop = asyncio.get_running_loop()
    began = loop.time()
    rig.machine.answer = fail
    rig.machine.deadline = rig.clock.now
    rig.runner.tell(e.Browse())
    await rig.machine.until(lambda: rig.machine.names().count("Tick") == 4)
    assert loop.time() - began >= 3 * 0.019
    rig.machine.deadline = None


async def test_a_listener_that_fails_stops_nothing(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The effects after the notice are performed."""

    def fail(notice: e.Notice) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(rig.runner, "_listener", fail)
    rig.act(e.Notify(e.SessionParted("x")), e.Count("stalls"))
    assert rig.runner.counters == {"errors": 1, "stalls": 1}
    assert any(r.exc_info for r in caplog.records)


# --- the timer -------------------------------------------------------------------------------


async def test_a_tick_comes_at_the_deadline(rig: Rig) -> None:
    """The machine says when; there is no other timer."""
    rig.machine.deadline = rig.clock.now
    rig.machine.answer = lambda event: _clear(rig) if isinstance(event, e.Tick) else []
    rig.runner.tell(e.Browse())
    await rig.machine.until(lambda: "Tick" in rig.machine.names())
    assert rig.machine.names() == ["LinkUp", "Browse", "Tick"]


async def test_one_timer_serves_all_deadlines(rig: Rig) -> None:
    """It is set anew for an earlier deadline only; a later one is looked at when it fires."""
    rig.machine.deadline = rig.clock.now + 50
    rig.runner.tell(e.Browse())
    timer = rig.runner._timer
    rig.machine.deadline = rig.clock.now + 60
    rig.runner.tell(e.Browse())
    assert rig.runner._timer is timer
    rig.machine.deadline = rig.clock.now + 40
    rig.runner.tell(e.Browse())
    assert rig.runner._timer is not timer
    assert timer is not None
    assert timer.cancelled()


async def test_a_deadline_that_was_put_off_brings_no_tick(rig: Rig) -> None:
    """The timer fires, sees that it is too early, and waits on."""
    rig.machine.deadline = rig.clock.now
    rig.runner.tell(e.Browse())
    fired = rig.runner._timer
    rig.machine.deadline = rig.clock.now + 50
    await _turns(5)
    assert rig.runner._timer is not fired
    assert "Tick" not in rig.machine.names()


async def test_after_a_stall_what_waits_is_read_before_the_tick(rig: Rig) -> None:
    """Whoever could not listen must not take that for silence (rule R1)."""
    more = iter(range(5))

    def answer(event: e.Input) -> list[e.Effect]:
        if isinstance(event, e.Tick):
            return _clear(rig)
        if isinstance(event, e.MessageReceived) and next(more, None) is not None:
            return [e.Send(PROBE, Probe("me"))]
        return []

    rig.act(e.Subscribe((PROBE,)))
    rig.machine.answer = answer
    rig.machine.deadline = rig.clock.now
    rig.runner.tell(e.Browse())
    rig.clock.now += 10.0
    rig.memory.publish("lab/session_probe", encode(Probe("me")))
    await rig.machine.until(lambda: "Tick" in rig.machine.names())
    assert rig.machine.names()[3:] == ["MessageReceived"] * 6 + ["Tick"]


async def test_a_flood_does_not_put_the_tick_off_for_ever(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After so many turns of the loop it comes."""
    monkeypatch.setattr(runner_module, "MOST_ROUNDS", 20)

    def answer(event: e.Input) -> list[e.Effect]:
        if isinstance(event, e.Tick):
            return [*_clear(rig), e.Unsubscribe((PROBE,))]
        return [e.Send(PROBE, Probe("me"))] if isinstance(event, e.MessageReceived) else []

    rig.act(e.Subscribe((PROBE,)))
    rig.machine.answer = answer
    rig.machine.deadline = rig.clock.now
    rig.runner.tell(e.Browse())
    rig.clock.now += 10.0
    rig.memory.publish("lab/session_probe", encode(Probe("me")))
    await rig.machine.until(lambda: "Tick" in rig.machine.names())
    assert 10 <= rig.machine.names().count("MessageReceived") <= 30


# --- the connection --------------------------------------------------------------------------


async def test_a_lost_connection_is_told_and_made_again(rig: Rig) -> None:
    """With the will of the next incarnation, and a new beginning for the machine."""
    rig.machine.upcoming = Incarnation("n0", 2)
    rig.memory.drop(rig.connector.asked[0][0])
    await rig.machine.until(lambda: rig.machine.names().count("LinkUp") == 2)
    assert rig.machine.inputs == [e.LinkUp(), e.LinkDown(), e.LinkUp()]
    assert rig.notices == [e.LinkChanged(False), e.LinkChanged(True)]
    will = rig.connector.asked[1][1]
    assert will is not None
    assert will.payload == encode(Presence("death", Incarnation("n0", 2)))


async def test_while_every_address_refuses_the_machine_is_told_so(rig: Rig) -> None:
    """It tells a lost link from a broker that is gone."""
    rig.memory.kill()
    await rig.machine.until(lambda: rig.machine.names().count("LinkDown") == 3)
    assert rig.machine.inputs[1:4] == [e.LinkDown(), *[e.LinkDown(refused=True)] * 2]
    rig.memory.restart()
    await rig.machine.until(lambda: rig.machine.names()[-1] == "LinkUp")
    assert rig.runner.up


async def test_what_an_earlier_connection_brings_is_not_heard(rig: Rig) -> None:
    """Order exists only within one connection."""
    rig.memory.drop(rig.connector.asked[0][0])
    await rig.machine.until(lambda: rig.machine.names().count("LinkUp") == 2)
    old = rig.connector.lines[0]
    old.message_received("lab/session_probe", encode(Probe("ghost")), False)
    old.connection_lost("again")
    assert rig.machine.names() == ["LinkUp", "LinkDown", "LinkUp"]


async def test_a_deaf_link_is_given_up_and_made_again(rig: Rig) -> None:
    """The will follows, as after any loss."""
    wills: list[str] = []
    rig.act(e.DropLink())
    wills += rig.machine.names()
    assert wills == ["LinkUp", "Browse", "LinkDown"]
    await rig.machine.until(lambda: rig.machine.names()[-1] == "LinkUp")
    assert len(rig.connector.asked) == 2


async def test_without_a_connection_nothing_is_sent(rig: Rig) -> None:
    """What was composed under one connection is never sent under another (rule R1)."""
    rig.memory.kill()
    await rig.machine.until(lambda: "LinkDown" in rig.machine.names())
    rig.act(e.Send(Topic(Kind.STATE, "demo"), None, retain=True), e.Subscribe((PROBE,)))
    assert not rig.runner.up


async def test_stopping_says_goodbye_or_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a goodbye everybody learns from the will that this client is gone."""
    for goodbye, heard in ((True, []), (False, ["lab/session_presence/me"])):
        rig = Rig(monkeypatch)
        await rig.runner.start()
        deaths: list[str] = []

        class Ear:
            def message_received(self, topic: str, payload: bytes, retained: bool) -> None:
                deaths.append(topic)  # noqa: B023, used before the next turn

            def connection_lost(self, reason: str) -> None: ...

        other = await rig.memory.connector().connect("other", None, Ear())
        other.subscribe(["lab/session_presence/+"])
        await rig.runner.stop(goodbye=goodbye)
        await _turns(3)
        assert deaths == heard
        await rig.runner.stop()


async def test_stopping_ends_the_timer_and_the_reconnecting(rig: Rig) -> None:
    """Nothing happens after it."""
    rig.memory.kill()
    await rig.machine.until(lambda: "LinkDown" in rig.machine.names())
    await rig.runner.stop()
    before = rig.machine.names()
    await _turns(10)
    assert rig.machine.names() == before


async def test_what_the_link_dropped_is_counted_over_all_connections(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full queue is never silent."""
    monkeypatch.setattr(MemoryConnection, "dropped", 2)
    rig.memory.drop(rig.connector.asked[0][0])
    await rig.machine.until(lambda: rig.machine.names().count("LinkUp") == 2)
    assert rig.runner.dropped == 4


def _clear(rig: Rig) -> list[e.Effect]:
    rig.machine.deadline = None
    return []


async def _turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)
