"""The checks of `headcount doctor`: each does the real thing and says what it saw."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final, NamedTuple

from headcount.cli.ear import PATIENCE, Ear
from headcount.cli.output import counted
from headcount.cli.survey import Survey
from headcount.core.state import MAX_STATE_BYTES
from headcount.core.topics import Kind
from headcount.errors import NoBrokerError, NotAuthorisedError
from headcount.links.addresses import parse_address
from headcount.links.dialling import dial
from headcount.links.failures import explain
from headcount.links.link import Will
from headcount.links.mqtt import MqttConnector

ROUNDS: Final = 20
SLOW: Final = 0.25
"""A median round trip, in seconds, above which a session feels slow."""
AGAIN: Final = 0.25
"""Seconds after which is tried again what takes time on a cluster that has just started."""
_NEEDS_PUBLISH: Final = ("subscribe", "retained", "will", "round trip", "limits", "stale topics")
_NO_RIGHT: Final = "this user may not do it there: change the broker's access rules"


class Check(NamedTuple):
    """The result of one check; `advice` is empty where there is nothing to do."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


class Doctor:
    """Looks at one broker.

    Args:
        urls: its addresses.
        root: the prefix of all topics.
    """

    def __init__(self, urls: list[str], root: str) -> None:
        self._urls = urls
        self._root = root
        self._connector = MqttConnector(urls)
        self._stack = AsyncExitStack()
        self._session_id = f"doctor_{secrets.token_hex(6)}"

    async def checks(self) -> AsyncIterator[Check]:
        """Do all checks in turn; without a connection there are but the first ones."""
        reachable = await self._reachable()
        yield reachable
        if not reachable.ok:
            return
        async with self._stack:
            try:
                one, other = await self._first_ear(), await self._ear()
            except NoBrokerError as error:
                yield Check("login", False, str(error), "check the address, the user and password")
                return
            yield Check("login", True, f"accepted by {one.connection.address}")
            try:
                async for check in self._connected(one, other):
                    yield check
            except NoBrokerError as error:
                yield Check("connection", False, str(error), "look at the broker's log")

    async def _connected(self, one: Ear, other: Ear) -> AsyncIterator[Check]:
        publish = await self._publish(one)
        yield publish
        if not publish.ok:  # each of the others would only wait in vain
            for name in _NEEDS_PUBLISH:
                yield Check(name, False, "not checked: nothing can be published", _NO_RIGHT)
            yield self._version(one)
            return
        yield await self._subscribe(one, other)
        yield await self._retained(one, other)
        yield await self._will(other)
        yield await self._round_trip(one)
        yield self._version(one)
        yield await self._limits(one)
        yield await self._stale(other)

    async def _first_ear(self) -> Ear:
        """Log in; a cluster that has just started lets nobody in for some seconds."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return await self._ear()
            except NotAuthorisedError:
                raise
            except NoBrokerError:
                if time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(AGAIN)

    async def _ear(self, will: Will | None = None) -> Ear:
        ear = await self._stack.enter_async_context(Ear("doctor", self._root))
        return await ear.connect(self._connector, will)

    async def _reachable(self) -> Check:
        details = []
        ok = False
        for address in map(parse_address, self._urls):
            began = time.perf_counter()
            try:
                sock = await dial(address, PATIENCE)
            except OSError as failure:
                reason = explain(failure, address, reached=False, timeout=PATIENCE)
                details.append(str(reason))
                continue
            sock.close()
            ok = True
            took = (time.perf_counter() - began) * 1000
            details.append(f"{address.endpoint} accepts connections ({took:.1f} ms)")
        advice = "" if ok else "start a broker (headcount serve), or correct --broker"
        return Check("reachable", ok, "; ".join(details), advice)

    async def _publish(self, one: Ear) -> Check:
        """Publish at QoS 1 to a topic of ours and hear it: Mosquitto drops without a word."""
        topic = one.topic(Kind.PRESENCE, None, one.client_id)
        if await one.settle():
            return Check("publish", True, f"a message on {topic} came back")
        return Check("publish", False, f"nothing came back from {topic}", _NO_RIGHT)

    async def _subscribe(self, one: Ear, other: Ear) -> Check:
        """Let one client hear another by a wildcard: a granted subscription proves nothing."""
        filter = other.topic(Kind.MESSAGE, "+", "+")
        topic = one.topic(Kind.MESSAGE, self._session_id, one.client_id)
        await other.subscribe([filter])
        one.connection.publish(topic, b"{}")
        if await other.until(lambda: any(heard.topic == topic for heard in other.heard)):
            return Check("subscribe", True, f"{filter} brings what another client publishes")
        return Check("subscribe", False, f"{filter} was granted but brings nothing", _NO_RIGHT)

    async def _retained(self, one: Ear, other: Ear) -> Check:
        """Store something, read it as a newcomer would, and clear it."""
        topic = one.topic(Kind.STATE, self._session_id)
        try:
            one.connection.publish(topic, b'{"doctor":true}', retain=True)
            await one.settle()
            kept = await self._retains(other, topic, wanted=True)
        finally:
            one.connection.publish(topic, b"", retain=True)
        await one.settle()
        left = await self._retains(await self._ear(), topic, wanted=False)
        if kept and not left:
            return Check("retained", True, "a retained message is kept, and gone once cleared")
        what = "is not cleared" if left else "is not kept"
        return Check("retained", False, f"a retained message on {topic} {what}", _NO_RIGHT)

    async def _retains(self, ear: Ear, topic: str, *, wanted: bool) -> bool:
        """Tell whether something is retained on a topic; what is wanted may take some seconds.

        A cluster that has just started stores nothing until its nodes have found a leader.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            before = len(ear.heard)
            await ear.subscribe([topic])
            there = any(h.topic == topic and h.retained and h.payload for h in ear.heard[before:])
            if there is wanted or time.monotonic() >= deadline:
                return there
            await asyncio.sleep(AGAIN)

    async def _will(self, other: Ear) -> Check:
        """Die without a goodbye, and see whether the others are told."""
        topic = other.topic(Kind.PRESENCE, None, self._session_id)
        await other.subscribe([topic])
        mortal = Ear("doctor", self._root)
        await mortal.connect(self._connector, Will(topic, b"{}"))
        await mortal.settle()
        began = time.perf_counter()
        mortal.connection.abort()
        if await other.until(lambda: any(heard.topic == topic for heard in other.heard)):
            took = (time.perf_counter() - began) * 1000
            return Check("will", True, f"a crash is announced after {took:.0f} ms")
        return Check(
            "will",
            False,
            f"the last will of a client that died did not come within {PATIENCE:g} s",
            "crashes are noticed all the same, but only when the lease ends",
        )

    async def _round_trip(self, one: Ear) -> Check:
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            if not await one.settle():
                return Check("round trip", False, "a message was lost", "check the network")
            times.append(time.perf_counter() - began)
        median, worst = statistics.median(times), max(times)
        detail = f"{median * 1000:.1f} ms (median of {ROUNDS}; the longest {worst * 1000:.1f} ms)"
        slow = "sessions work, but feel slow: use a broker that is nearer"
        return Check("round trip", median <= SLOW, detail, slow if median > SLOW else "")

    def _version(self, one: Ear) -> Check:
        if one.connection.expiry:
            return Check("MQTT version", True, "5: leftovers expire by themselves")
        return Check("MQTT version", True, "3.1.1: leftovers are swept by those who find them")

    async def _limits(self, one: Ear) -> Check:
        """Send what is as large as the largest state, and a topic with a space in it."""
        large = await self._large()
        spaces = await self._spaces()
        detail = f"messages of {MAX_STATE_BYTES // 1024} kB {'pass' if large else 'do not pass'}"
        detail += f"; topics with spaces {'pass' if spaces else 'do not pass'}"
        advice = []
        if not large:
            advice.append("allow larger messages (headcount broker-config prints settings)")
        if not spaces:
            advice.append("only if old SGE instances join: names without spaces, or Mosquitto")
        return Check("limits", large, detail, "; ".join(advice))

    async def _large(self) -> bool:
        ear = await self._ear()
        topic = ear.topic(Kind.MESSAGE, self._session_id, ear.client_id)
        try:
            await ear.subscribe([topic])
            ear.connection.publish(topic, b" " * MAX_STATE_BYTES)
            return await ear.until(lambda: any(heard.topic == topic for heard in ear.heard))
        except NoBrokerError:
            return False

    async def _spaces(self) -> bool:
        ear = await self._ear()
        topic = f"{ear.topic(Kind.MESSAGE, self._session_id)}/a name"
        try:
            ear.connection.publish(topic, b"{}")
            await asyncio.sleep(0)
            return await ear.settle()
        except NoBrokerError:
            return False

    async def _stale(self, other: Ear) -> Check:
        survey = Survey(other)
        answered = await survey.look()
        sessions = sorted({each.session_id for each in survey.stale()} - {self._session_id})
        if not answered:
            return Check("stale topics", False, "the broker gave no answer", "try again")
        if not sessions:
            return Check("stale topics", True, "none: every session has a live host")
        some = ", ".join(sessions[:5]) + (", …" if len(sessions) > 5 else "")
        return Check(
            "stale topics",
            False,
            f"{counted(len(sessions), 'session')} without a live host: {some}",
            "headcount clean --dry-run shows them, headcount clean clears them",
        )
