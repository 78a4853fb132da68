"""What every link must do, as one suite of tests.

For a link of your own, derive a test class and give it the fixture `link`::

    class TestMyLink(LinkConformance):
        @pytest.fixture
        async def link(self) -> AsyncIterator[LinkUnderTest]:
            async with my_broker() as broker:
                yield broker

The tests are coroutines and need pytest-asyncio in its `auto` mode. They use topics and client
ids of their own, so one broker may serve them all.
"""

from __future__ import annotations

import asyncio
from secrets import token_hex
from typing import Protocol

import pytest

from headcount.errors import BrokerRefusedError
from headcount.links.link import Connector, Will
from headcount.testing.peers import PATIENCE, Peer, Received, peers


class LinkUnderTest(Protocol):
    """A broker that tests may kill, and the way to it."""

    def connector(self) -> Connector:
        """Return a connector to the broker."""

    async def kill(self) -> None:
        """Stop the broker at once, and wait until nobody listens."""

    async def start(self) -> None:
        """Start it again where it was, and wait until it serves."""


def _topic() -> str:
    return f"conformance_{token_hex(6)}"


class DeliveryConformance:
    """What is published arrives, in order."""

    async def test_a_message_reaches_others_and_oneself(self, link: LinkUnderTest) -> None:
        """A message reaches every subscriber, its publisher included, once."""
        topic = _topic()
        async with peers(link.connector(), 2) as (one, two):
            await one.subscribe(topic)
            await two.subscribe(topic)
            one.connection.publish(topic, b"hello")
            for peer in (one, two):
                await peer.until(lambda peer=peer: bool(peer.received))  # type: ignore[misc]
                await peer.settle()
                assert peer.received == [Received(topic, b"hello", False)]

    async def test_the_order_of_one_publisher_is_kept(self, link: LinkUnderTest) -> None:
        """Messages of one publisher, on several topics, arrive in the order of publishing."""
        root = _topic()
        async with peers(link.connector(), 2) as (one, two):
            await two.subscribe(f"{root}/+")
            sent = [str(number).encode() for number in range(300)]
            for number, payload in enumerate(sent):
                one.connection.publish(f"{root}/{number % 3}", payload)
            await two.until(lambda: len(two.received) >= len(sent))
            assert two.payloads == sent

    async def test_two_publishers_each_keep_their_order(self, link: LinkUnderTest) -> None:
        """Two publishers to one topic: all subscribers get everything, each publisher's in order.

        How the two interleave may differ among subscribers: it does with NATS.
        """
        topic = _topic()
        async with peers(link.connector(), 4) as crowd:
            for peer in crowd:
                await peer.subscribe(topic)
            for number in range(100):
                crowd[0].connection.publish(topic, b"a%d" % number)
                crowd[1].connection.publish(topic, b"b%d" % number)
            for peer in crowd:
                await peer.until(lambda peer=peer: len(peer.received) >= 200)  # type: ignore[misc]
                for name in (b"a", b"b"):
                    mine = [payload for payload in peer.payloads if payload.startswith(name)]
                    assert mine == [name + b"%d" % number for number in range(100)]

    async def test_payloads_are_untouched(self, link: LinkUnderTest) -> None:
        """Empty, non-ASCII and large payloads (256 kB) arrive as they were sent."""
        topic = _topic()
        payloads = [b"", "Zoë, 你好, 🐑".encode(), bytes(range(256)) * 1024, b"end"]
        async with peers(link.connector(), 2) as (one, two):
            await two.subscribe(topic)
            for payload in payloads:
                one.connection.publish(topic, payload)
            await two.until(lambda: len(two.received) >= len(payloads))
            assert two.payloads == payloads

    async def test_overlapping_filters_lose_nothing(self, link: LinkUnderTest) -> None:
        """A topic under several filters is delivered at least once."""
        root = _topic()
        async with peers(link.connector(), 1) as (one,):
            await one.subscribe(f"{root}/a", f"{root}/+", f"{root}/#")
            one.connection.publish(f"{root}/a", b"x")
            await one.settle()
            assert Received(f"{root}/a", b"x", False) in one.received

    async def test_an_unsubscribed_filter_is_silent(self, link: LinkUnderTest) -> None:
        """After unsubscribing nothing comes, and other filters go on."""
        root = _topic()
        async with peers(link.connector(), 1) as (one,):
            await one.subscribe(f"{root}/a", f"{root}/b")
            one.connection.unsubscribe([f"{root}/a"])
            one.connection.publish(f"{root}/a", b"silent")
            one.connection.publish(f"{root}/b", b"heard")
            await one.until(lambda: b"heard" in one.payloads)
            assert one.payloads == [b"heard"]


class RetainedConformance:
    """What is retained reaches those who come later."""

    async def test_retained_is_told_from_live(self, link: LinkUnderTest) -> None:
        """`retained` is True for what lay there when subscribing, False for what comes after."""
        topic = _topic()
        async with peers(link.connector(), 2) as (one, two):
            await one.store((topic, b"kept"))
            await two.subscribe(topic)
            one.connection.publish(topic, b"newer", retain=True)
            await two.until(lambda: len(two.received) >= 2)
            assert two.received == [
                Received(topic, b"kept", True),
                Received(topic, b"newer", False),
            ]

    async def test_subscribing_again_brings_retained_again(self, link: LinkUnderTest) -> None:
        """A filter that one has already brings the retained message once more, each time."""
        topic = _topic()
        async with peers(link.connector(), 1) as (one,):
            await one.store((topic, b"kept"))
            for _ in range(4):
                await one.subscribe(topic)
            assert one.received == [Received(topic, b"kept", True)] * 4

    async def test_an_empty_payload_clears(self, link: LinkUnderTest) -> None:
        """An empty retained message is seen by those who are there, not by those who come."""
        topic = _topic()
        async with peers(link.connector(), 3) as (one, two, three):
            await one.store((topic, b"kept"))
            await two.subscribe(topic)
            await one.store((topic, b""))
            await three.subscribe(topic)
            await two.settle()
            assert two.payloads == [b"kept", b""]
            assert three.received == []

    async def test_retained_comes_before_an_echo(self, link: LinkUnderTest) -> None:
        """Who subscribes and then publishes to oneself has read all retained when that returns.

        The protocol relies on it (design 3.4, R1 and R7), so it is tried many times.
        """
        root = _topic()
        topics = [f"{root}/{kind}/{number}" for kind in "abc" for number in range(7)]
        async with peers(link.connector(), 2) as (one, two):
            await one.store(*((topic, b"x" * 2000) for topic in topics))
            for _ in range(40):
                two.received.clear()
                await two.subscribe(f"{root}/a/+", f"{root}/b/+", *topics[-7:])
                assert sorted(message.topic for message in two.received) == sorted(topics)

    async def test_one_wildcard_brings_a_thousand(self, link: LinkUnderTest) -> None:
        """A thousand retained messages all arrive through one filter."""
        root = _topic()
        async with peers(link.connector(), 2) as (one, two):
            for number in range(1000):
                one.connection.publish(f"{root}/{number}", b"x" * 100, retain=True)
            await one.store((f"{root}/last", b"x"))
            await two.subscribe(f"{root}/+")
            assert len({message.topic for message in two.received}) == 1001
            assert all(message.retained for message in two.received)

    async def test_messages_expire_where_they_can(self, link: LinkUnderTest) -> None:
        """Where messages can expire a retained one goes after its time; elsewhere it stays."""
        topic = _topic()
        async with peers(link.connector(), 1) as (one,):
            one.connection.publish(topic, b"brief", retain=True, expiry=1)
            await _read_until(one, topic, [b"brief"])
            if one.connection.expiry:
                await _read_until(one, topic, [])


async def _read_until(peer: Peer, topic: str, expected: list[bytes]) -> None:
    """Read what is retained again and again until it is what is expected."""
    async with asyncio.timeout(PATIENCE):
        while True:
            peer.received.clear()
            await peer.subscribe(topic)
            if [message.payload for message in peer.received if message.retained] == expected:
                return
            await asyncio.sleep(0.02)


class EndingConformance:
    """How connections end, and what follows them."""

    async def test_the_will_follows_an_abort_only(self, link: LinkUnderTest) -> None:
        """A connection that ends without a goodbye leaves its will; one that is closed does not."""
        topic = _topic()
        async with peers(link.connector(), 1) as (one,):
            await one.subscribe(topic)
            for will, ending in ((b"closed", "close"), (b"aborted", "abort")):
                other = Peer()
                await other.connect(link.connector(), Will(topic, will))
                if ending == "close":
                    await other.connection.close()
                else:
                    other.connection.abort()
                assert other.losses == []
            await one.until(lambda: bool(one.received))
            assert one.received == [Received(topic, b"aborted", False)]

    async def test_closing_sends_what_waits(self, link: LinkUnderTest) -> None:
        """Everything published before `close` arrives."""
        topic = _topic()
        async with peers(link.connector(), 2) as (one, two):
            await two.subscribe(topic)
            for number in range(200):
                one.connection.publish(topic, b"%d" % number)
            await one.connection.close()
            await two.until(lambda: len(two.received) >= 200)
            assert one.connection.dropped == 0

    async def test_closing_in_a_flood_is_still_a_goodbye(self, link: LinkUnderTest) -> None:
        """A connection that is closed while messages pour in leaves no will."""
        topic = _topic()
        async with peers(link.connector(), 2) as (one, two):
            await one.subscribe(f"{topic}/will")
            await two.subscribe()
            for _ in range(5):
                other = Peer()
                await other.connect(link.connector(), Will(f"{topic}/will", b"dead"))
                await other.subscribe(f"{topic}/flood")
                for _ in range(100):
                    two.connection.publish(f"{topic}/flood", bytes(10_000))
                await other.until(lambda other=other: bool(other.received))  # type: ignore[misc]
                await other.connection.close()
                await two.settle()
            await one.settle()
            assert one.received == []

    async def test_another_client_is_unaffected(self, link: LinkUnderTest) -> None:
        """The end of one connection is nothing to another."""
        topic = _topic()
        async with peers(link.connector(), 2) as (one, two):
            await two.subscribe(topic)
            one.connection.abort()
            two.connection.publish(topic, b"still here")
            await two.until(lambda: bool(two.received))
            assert two.losses == []

    async def test_the_same_client_id_ends_the_older(self, link: LinkUnderTest) -> None:
        """A second connection with one client id ends the first, which learns of it once."""
        async with peers(link.connector(), 1) as (one,):
            other = Peer()
            other.client_id = one.client_id
            await other.connect(link.connector())
            await one.until(lambda: bool(one.losses))
            await other.subscribe()
            await other.connection.close()
            assert len(one.losses) == 1
            assert other.losses == []

    async def test_a_dead_broker_is_noticed_once(self, link: LinkUnderTest) -> None:
        """A broker that dies ends every connection, once, with a reason; then nothing works."""
        async with peers(link.connector(), 2) as crowd:
            await link.kill()
            for peer in crowd:
                await peer.until(lambda peer=peer: bool(peer.losses))  # type: ignore[misc]
                peer.connection.publish("late", b"x")
                peer.connection.subscribe(["late"])
                peer.connection.unsubscribe(["late"])
                peer.connection.abort()
                await peer.connection.close()
            with pytest.raises(BrokerRefusedError):
                await link.connector().connect("nobody", None, Peer())
            await link.start()
            assert all(len(peer.losses) == 1 and peer.losses[0] for peer in crowd)

    async def test_nothing_old_is_sent_under_a_new_connection(self, link: LinkUnderTest) -> None:
        """What was published while the broker was dying never comes later (design R1)."""
        topic = _topic()
        connector = link.connector()
        async with peers(connector, 2) as (one, two):
            await link.kill()
            for number in range(100):
                one.connection.publish(topic, b"old %d" % number)
            await one.until(lambda: bool(one.losses))
            await link.start()
            await two.connect(connector)
            await two.subscribe(topic)
            await one.connect(connector)
            one.connection.publish(topic, b"new")
            await two.until(lambda: b"new" in two.payloads)
            assert two.payloads == [b"new"]


class LinkConformance(DeliveryConformance, RetainedConformance, EndingConformance):
    """The whole suite."""
