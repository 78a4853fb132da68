"""The broker in memory, where it goes beyond what every link does."""

from __future__ import annotations

import asyncio
import threading

import pytest

from headcount.errors import BrokerRefusedError
from headcount.links.link import Will
from headcount.links.memory import MemoryBroker, matches
from headcount.testing.peers import Peer, Received, peers


@pytest.mark.parametrize(
    ("pattern", "topic", "expected"),
    [
        ("a", "a", True),
        ("a", "a/b", False),
        ("a/b", "a", False),
        ("a/+", "a/b", True),
        ("a/+", "a", False),
        ("a/+", "a/b/c", False),
        ("+/b", "a/b", True),
        ("+", "a/b", False),
        ("#", "a/b/c", True),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/#", "b", False),
        ("a/+/#", "a", False),
        ("a/+/#", "a/b", True),
    ],
)
def test_filters_match_as_in_mqtt(pattern: str, topic: str, expected: bool) -> None:
    """`+` stands for one level, `#` for the rest, none included."""
    assert matches(pattern, topic) is expected


async def test_a_message_never_comes_during_publish() -> None:
    """Delivery takes a turn of the event loop, as it does with a real broker."""
    async with peers(MemoryBroker().connector(), 1) as (one,):
        one.connection.subscribe(["t"])
        one.connection.publish("t", b"x")
        assert one.received == []
        await asyncio.sleep(0)
        assert one.received == [Received("t", b"x", False)]


@pytest.mark.parametrize("kept", [True, False])
async def test_a_restart_ends_connections_and_may_forget(kept: bool) -> None:
    """`restart` loses every connection; what is retained survives only if asked."""
    broker = MemoryBroker()
    async with peers(broker.connector(), 2) as crowd:
        crowd[0].connection.publish("t", b"x", retain=True)
        broker.restart(keep_retained=kept)
        for peer in crowd:
            await peer.until(lambda peer=peer: bool(peer.losses))  # type: ignore[misc]
        assert broker.retained == ({"t": b"x"} if kept else {})
        assert broker.client_ids == []
        await crowd[0].connect(broker.connector())


async def test_who_is_refused_stays_out() -> None:
    """With `refuse` set nobody new is let in, and who is in stays."""
    broker = MemoryBroker()
    async with peers(broker.connector(), 1) as (one,):
        broker.refuse = True
        with pytest.raises(BrokerRefusedError):
            await broker.connector().connect("x", None, one)
        await one.subscribe("t")


async def test_a_dropped_connection_leaves_its_will() -> None:
    """`drop` is a network that fails: the client learns of it, the others see the will."""
    broker = MemoryBroker()
    async with peers(broker.connector(), 1) as (one,):
        await one.subscribe("t")
        other = Peer()
        await other.connect(broker.connector(), Will("t", b"gone"))
        broker.drop(other.client_id)
        await one.until(lambda: bool(one.received))
        assert one.received == [Received("t", b"gone", False)]
        assert len(other.losses) == 1


async def test_what_is_on_its_way_is_gone_with_the_connection() -> None:
    """Nothing is delivered to a connection that has ended, and no loss is told of an abort."""
    broker = MemoryBroker()
    async with peers(broker.connector(), 1) as (one,):
        one.connection.subscribe(["t"])
        one.connection.publish("t", b"x")
        one.connection.abort()
        broker.kill()
        await asyncio.sleep(0)
        assert (one.received, one.losses) == ([], [])


async def test_messages_expire_by_the_loop_s_clock() -> None:
    """A broker with expiry forgets a retained message after its time."""
    broker = MemoryBroker(expiry=True)
    async with peers(broker.connector(), 1) as (one,):
        one.connection.publish("now", b"x", retain=True, expiry=0)
        one.connection.publish("later", b"x", retain=True, expiry=60)
        await one.subscribe("+")
        assert [message.topic for message in one.received] == ["later"]


async def test_event_loops_of_two_threads_meet() -> None:
    """A game under the blocking API lives in a thread of its own."""
    broker = MemoryBroker()

    async def publish_from_afar() -> None:
        async with peers(broker.connector(), 1) as (far,):
            await far.subscribe("back")
            far.connection.publish("there", b"hello")
            await far.until(lambda: bool(far.received))

    async with peers(broker.connector(), 1) as (one,):
        await one.subscribe("there")
        thread = threading.Thread(target=lambda: asyncio.run(publish_from_afar()))
        thread.start()
        await one.until(lambda: bool(one.received))
        one.connection.publish("back", b"hello")
        await asyncio.to_thread(thread.join)
        assert one.payloads == [b"hello"]
