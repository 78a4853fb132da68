"""A session in an application's hands: entering, commands, what it shows, and its end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from headcount.connection import Broker
from headcount.core import events as e
from headcount.core.lifecycle import Phase
from headcount.core.messages import Close
from headcount.errors import (
    BadInputError,
    ConflictError,
    RequestRefusedError,
    SessionEndedError,
)
from headcount.links.memory import MemoryBroker
from headcount.mail import Gap, Message
from headcount.session import Session
from tests.playing import PATIENCE, QUICK, clients, crash, crowd, until


@pytest.fixture
def memory() -> MemoryBroker:
    """Give a broker in memory."""
    return MemoryBroker()


# --- entering and leaving --------------------------------------------------------------------


async def test_creating_joining_and_leaving(memory: MemoryBroker) -> None:
    """Everybody shows the same number, and nothing is left behind."""
    async with clients(memory, "ann", "ben") as (ann, ben):
        async with ann.create("Sea Zones", id="demo", seats=(2, 4), seed=7) as host:
            assert (host.count, host.is_host, host.seed) == (1, True, 7)
            async with ben.join("demo", name="Ben") as guest:
                await until(host, lambda state: state.count == 2)
                assert guest.count == 2
                assert guest.members["ben"].name == "Ben"
                assert not guest.is_host
            await until(host, lambda state: state.count == 1)
            assert guest.closed_reason == "left"
        assert host.closed_reason == "left"
    assert memory.retained == {}


async def test_joining_nothing_is_refused(memory: MemoryBroker) -> None:
    """`NOT_FOUND`, and one may try again with a new session."""
    async with clients(memory, "ann") as (ann,):
        session = ann.join("demo")
        events = session.events()
        with pytest.raises(RequestRefusedError) as refused:
            await session.__aenter__()
        assert refused.value.code == "NOT_FOUND"
        assert "demo" in refused.value.message
        (notice,) = [notice async for notice in events]
        assert isinstance(notice, e.Refused)
        async with ann.create("Sea", id="demo"):
            pass


async def test_an_id_that_is_alive_cannot_be_created(memory: MemoryBroker) -> None:
    """`EXISTS`."""
    async with clients(memory, "ann", "ben") as (ann, ben), ann.create("Sea", id="demo"):
        with pytest.raises(RequestRefusedError) as refused:
            await ben.create("Sea", id="demo").__aenter__()
        assert refused.value.code == "EXISTS"


async def test_waiting_for_a_session_that_comes(memory: MemoryBroker) -> None:
    """Who waits is told nothing of the tries in between."""
    async with clients(memory, "ann", "ben") as (ann, ben):
        session = ben.join("demo", wait=PATIENCE)
        events = session.events()
        joining = asyncio.create_task(session.__aenter__())
        await until_busy(ben)
        async with ann.create("Sea", id="demo"):
            await joining
            await session.leave()
        kinds = [type(notice).__name__ async for notice in events]
        assert kinds[:2] == ["Accepted", "StateChanged"]
        assert kinds[-2:] == ["SessionClosed", "SessionParted"]
        assert "Refused" not in kinds


async def test_waiting_for_a_seat(memory: MemoryBroker) -> None:
    """A full session is waited for as well; for how long is the caller's affair."""
    async with (
        clients(memory, "ann", "ben", "cem") as (ann, ben, cem),
        ann.create("Sea", id="demo", seats=2),
    ):
        async with ben.join("demo"):
            with pytest.raises(RequestRefusedError) as refused:
                await cem.join("demo", wait=0.1).__aenter__()
            assert refused.value.code == "FULL"
            session = cem.join("demo", wait=PATIENCE)
            joining = asyncio.create_task(session.__aenter__())
            await until_busy(cem)
        await joining
        assert session.count == 2


async def test_a_session_is_entered_once(memory: MemoryBroker) -> None:
    """And one connection is in a session once."""
    async with clients(memory, "ann") as (ann,), ann.create("Sea", id="demo") as session:
        with pytest.raises(BadInputError, match="once"):
            await session.__aenter__()
        with pytest.raises(BadInputError, match="already"):
            await ann.join("demo").__aenter__()
        assert session.is_open


async def test_giving_up_while_joining_leaves_nothing(memory: MemoryBroker) -> None:
    """Who is cancelled has left, and may try again."""
    async with clients(memory, "ann", "ben") as (ann, ben):
        joining = asyncio.create_task(ben.join("demo").__aenter__())
        await until_busy(ben)
        joining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await joining
        async with ann.create("Sea", id="demo") as session, ben.join("demo"):
            await until(session, lambda state: state.count == 2)


async def test_leaving_twice_changes_nothing(memory: MemoryBroker) -> None:
    """Neither does leaving what was never entered."""
    async with clients(memory, "ann") as (ann,):
        session = ann.create("Sea", id="demo")
        await session.leave()
        async with session:
            await session.leave()
            await session.leave()
        async with ann.create("Sea", id="demo") as again:
            await session.leave()
            assert again.is_open


async def test_closing_the_connection_leaves_all_sessions(memory: MemoryBroker) -> None:
    """Nobody waits for who has gone."""
    async with clients(memory, "ann", "ben") as (ann, ben), ann.create("Sea", id="demo") as host:
        guest = await ben.join("demo").__aenter__()
        await until(host, lambda state: state.count == 2)
        await ben.close()
        await until(host, lambda state: state.count == 1)
        assert guest.closed_reason == "left"
        with pytest.raises(SessionEndedError):
            await guest.set_ready()


# --- commands --------------------------------------------------------------------------------


async def test_what_a_command_did_stands_in_the_state(memory: MemoryBroker) -> None:
    """Once it returns, one reads what one wrote."""
    async with crowd(memory, "ann", "ben", roles=["fisher", "mayor"]) as (host, guest):
        version = await guest.set_ready()
        assert guest.members["ben"].ready
        assert guest.state.version >= version
        await guest.claim_role("mayor")
        assert guest.role == "mayor"
        with pytest.raises(RequestRefusedError) as refused:
            await host.claim_role("mayor")
        assert refused.value.code == "ROLE_TAKEN"
        await guest.release_role()
        assert guest.role is None
        await host.claim_role("mayor")
        with pytest.raises(RequestRefusedError) as refused:
            await guest.start()
        assert refused.value.code == "NOT_ALLOWED"
        await host.start()
        assert host.state.phase is Phase.STARTED


async def test_a_countdown_can_be_cancelled(memory: MemoryBroker) -> None:
    """Everybody is told of it."""
    async with crowd(memory, "ann", "ben") as (host, guest):
        events = guest.events()
        await host.start(30)
        await host.cancel()
        await until(guest, lambda state: state.phase is Phase.OPEN)
        seconds: list[int | None] = []
        async for notice in events:
            if isinstance(notice, e.CountdownTick):
                seconds.append(notice.seconds)
                if notice.seconds is None:
                    break
        assert seconds == [30, None]


async def test_kicked(memory: MemoryBroker) -> None:
    """The session is over for one, and stays so."""
    async with crowd(memory, "ann", "ben") as (host, guest):
        await host.kick("ben")
        assert [state async for state in guest.watch()][-1] is guest.state
        assert guest.closed_reason == "kicked"
        with pytest.raises(SessionEndedError, match="kicked"):
            guest.send("hello")


async def test_closed_by_its_host(memory: MemoryBroker) -> None:
    """For everyone, at once."""
    async with crowd(memory, "ann", "ben") as (host, guest):
        states = guest.watch()
        assert await host.close() > 1
        phases = [state.phase async for state in states]
        assert phases[-1] is Phase.CLOSED
        assert (host.closed_reason, guest.closed_reason) == ("closed", "closed")


async def test_a_command_under_way_ends_with_the_session(memory: MemoryBroker) -> None:
    """Nobody waits for an answer that will not come."""
    async with crowd(memory, "ann", "ben") as (host, guest):
        closing = asyncio.create_task(host.request(Close()))
        waiting = [asyncio.create_task(guest.set_ready()) for _ in range(3)]
        await closing
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(outcome, int | SessionEndedError) for outcome in outcomes)
        assert isinstance(outcomes[-1], SessionEndedError)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda session: session.claim_role(""),
        lambda session: session.kick("a b"),
        lambda session: session.start(-1),
        lambda session: session.update(lambda p: p, max_retries=-1),
        lambda session: session.update(lambda p: {"a": object()}),
    ],
)
async def test_misuse_raises_and_changes_nothing(memory: MemoryBroker, misuse: Any) -> None:
    """What cannot be asked is not asked."""
    async with crowd(memory, "ann") as (host,):
        before = host.state
        with pytest.raises(BadInputError):
            await misuse(host)
        assert host.state is before


async def test_before_it_is_entered_there_is_nothing(memory: MemoryBroker) -> None:
    """The message says what to do."""
    async with clients(memory, "ann") as (ann,):
        session = ann.join("demo")
        for use in (lambda: session.state, lambda: session.count, lambda: session.send(1)):
            with pytest.raises(BadInputError, match="enter the session first"):
                use()
        with pytest.raises(BadInputError):
            await session.set_ready()


# --- updates ---------------------------------------------------------------------------------


async def test_updates_of_all_count(memory: MemoryBroker) -> None:
    """Compare and swap: none of many increments is lost."""

    def increment(properties: dict[str, Any]) -> None:
        properties["n"] = properties.get("n", 0) + 1

    async with crowd(memory, "ann", "ben", "cem") as sessions:
        await asyncio.gather(*(s.update(increment) for s in sessions for _ in range(5)))
        for session in sessions:
            state = await until(session, lambda state: state.properties.get("n") == 15)
            assert state.properties == {"n": 15}


async def test_an_update_of_nothing_asks_nothing(memory: MemoryBroker) -> None:
    """The version is the one there is."""
    async with crowd(memory, "ann") as (host,):
        assert await host.update(lambda properties: None) == host.state.version


async def test_properties_are_a_copy(memory: MemoryBroker) -> None:
    """Only an update changes what all share."""
    async with crowd(memory, "ann") as (host,):
        await host.update(lambda properties: {"list": [1]})
        host.properties["list"].append(2)
        assert host.properties == {"list": [1]}


async def test_who_is_always_second_learns_it(
    memory: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ConflictError`, with the values that moved, after the retries and the time."""
    monkeypatch.setattr("headcount.session.PATIENCE", 0.0)
    async with crowd(memory, "ann", "ben") as (_, guest):

        async def refuse(ask: object) -> int:
            raise ConflictError("changed by somebody else: n", {"properties.n": 5})

        monkeypatch.setattr(guest, "request", refuse)
        calls: list[dict[str, Any]] = []
        with pytest.raises(ConflictError) as conflict:
            await guest.update(lambda p: calls.append(p) or {"n": 1}, max_retries=2)
        assert calls == [{}, {"n": 5}, {"n": 5}]
        assert conflict.value.current == {"properties.n": 5}
        monkeypatch.undo()


# --- messages --------------------------------------------------------------------------------


async def test_messages_reach_everybody_in_order(memory: MemoryBroker) -> None:
    """The sender too; what was sent before the first look is there."""
    async with crowd(memory, "ann", "ben") as (host, guest):
        for number in range(3):
            assert guest.send({"number": number})
        for session in (host, guest):
            inbox = session.messages()
            for number in range(3):
                expected = Message("ben", "ben", {"number": number}, number + 1)
                assert await anext(inbox) == expected


async def test_a_message_sent_as_one_joins_is_not_lost(memory: MemoryBroker) -> None:
    """The host greets whom it sees; the newcomer has not even returned from joining."""
    async with clients(memory, "ann", "ben") as (ann, ben), ann.create("Sea", id="demo") as host:

        async def greet() -> None:
            await until(host, lambda state: state.count == 2)
            host.send("welcome")

        greeting = asyncio.create_task(greet())
        async with ben.join("demo") as guest:
            message = await anext(guest.messages())
            assert isinstance(message, Message)
            assert message.payload == "welcome"
        await greeting


async def test_a_gap_is_told(memory: MemoryBroker) -> None:
    """What did not arrive is counted by its sender's numbers."""
    async with crowd(memory, "ann", "ben") as (host, guest):
        inbox = host.messages()
        guest.send(1)
        await anext(inbox)
        memory.drop(next(cid for cid in memory.client_ids if cid.startswith("ben")))
        assert await until_link(guest, up=False)
        assert not guest.send(2)
        assert await until_link(guest, up=True)
        assert guest.send(3)
        assert await anext(inbox) == Gap("ben", 1)
        assert await anext(inbox) == Message("ben", "ben", 3, 3)


# --- watching --------------------------------------------------------------------------------


async def test_the_states_end_with_the_one_that_closed_it(memory: MemoryBroker) -> None:
    """In order, none twice; the number of each is that of its list."""
    async with crowd(memory, "ann", "ben") as (host, guest):
        states = guest.watch()
        for ready in (True, False, True):
            await host.set_ready(ready)
        await host.close()
        read = [state async for state in states]
        versions = [state.version for state in read]
        assert versions == sorted(set(versions))
        assert read[-1] is guest.state
        assert read[-1].is_closed
        assert all(state.count == len(state.connected_instances) for state in read)
        assert [state async for state in guest.watch()] == [guest.state]


async def test_looking_on(memory: MemoryBroker) -> None:
    """One sees everything, counts for nothing, and may do nothing."""
    async with clients(memory, "ann", "eve") as (ann, eve):
        async with ann.create("Sea", id="demo") as host, eve.watch("demo") as view:
            assert (view.count, host.count) == (1, 1)
            await host.set_ready()
            await until(view, lambda state: state.members["ann"].ready)
            with pytest.raises(RequestRefusedError) as refused:
                await view.set_ready()
            assert refused.value.code == "NOT_MEMBER"
            with pytest.raises(BadInputError, match="looks on"):
                view.send("hello")
        with pytest.raises(RequestRefusedError) as refused:
            await eve.watch("demo").__aenter__()
        assert refused.value.code == "NOT_FOUND"


# --- losses ----------------------------------------------------------------------------------


async def test_the_host_crashes(memory: MemoryBroker) -> None:
    """Every survivor is told why it is over, and nothing open is left on the broker."""
    async with clients(memory, "ann", "ben", "cem") as (ann, ben, cem):
        host = await ann.create("Sea", id="demo", **QUICK).__aenter__()
        async with ben.join("demo") as one, cem.join("demo") as two:
            await until(one, lambda state: state.count == 3)
            await crash(ann)
            for session in (one, two):
                async with asyncio.timeout(PATIENCE):
                    assert [state async for state in session.watch()]
                assert session.closed_reason == "host_lost"
            with pytest.raises(SessionEndedError, match="host_lost"):
                await one.set_ready()
        assert host.closed_reason is None


async def test_under_migrate_the_next_one_goes_on(memory: MemoryBroker) -> None:
    """The session lives, and so does what was accepted."""
    async with clients(memory, "ann", "ben", "cem") as (ann, ben, cem):
        await ann.create("Sea", id="demo", on_host_loss="migrate", **QUICK).__aenter__()
        async with ben.join("demo") as one, cem.join("demo") as two:
            await two.update(lambda properties: {"kept": True})
            await crash(ann)
            await until(two, lambda state: state.host_client_id == "ben" and state.count == 2)
            assert two.properties == {"kept": True}
            await until(one, lambda state: state.host_client_id == "ben")
            assert one.is_host


async def test_a_lost_connection_is_told_and_comes_back(memory: MemoryBroker) -> None:
    """The session goes on."""
    async with crowd(memory, "ann", "ben") as (_, guest):
        events = guest.events()
        memory.drop(next(cid for cid in memory.client_ids if cid.startswith("ben")))
        links = []
        async for notice in events:
            if isinstance(notice, e.LinkChanged):
                links.append(notice.up)
            if len(links) == 2:
                break
        assert links == [False, True]
        await guest.set_ready()
        assert guest.is_open


async def test_a_broker_that_stays_away_ends_the_session(memory: MemoryBroker) -> None:
    """`broker_gone`, once the time of the session is over."""
    async with crowd(memory, "ann", "ben", **{**QUICK, "link_timeout": 0.5}) as (host, guest):
        memory.kill()
        async with asyncio.timeout(PATIENCE):
            assert [state async for state in guest.watch()]
            assert [state async for state in host.watch()]
        assert (host.closed_reason, guest.closed_reason) == ("broker_gone", "broker_gone")


# --- what cannot be asked --------------------------------------------------------------------


async def test_what_was_never_entered_has_nothing_to_follow(memory: MemoryBroker) -> None:
    """It says so, and does not wait for ever."""
    async with clients(memory, "ann") as (ann,):
        session = ann.create("Sea", id="demo")
        states, mail = session.watch(), session.messages()
        for feed in (states, mail):
            with pytest.raises(BadInputError, match="enter the session first"):
                await anext(feed)
        async with session:
            assert (await anext(states)).count == 1
            session.send("hello")
            assert isinstance(await anext(mail), Message)


async def test_what_could_not_be_entered_is_over_for_its_followers(memory: MemoryBroker) -> None:
    """Also when it was not the host who said no, or somebody gave up waiting."""
    async with clients(memory, "ann") as (ann,):
        async with ann.create("Sea", id="demo"):
            twice = ann.join("demo")
            events = twice.events()
            with pytest.raises(BadInputError, match="already"):
                await twice.__aenter__()
            assert [notice async for notice in events] == []
        waiting = ann.join("nothing", wait=60.0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await waiting.__aenter__()
        assert [state async for state in waiting.watch()] == []


async def test_nothing_is_changed_in_silence(memory: MemoryBroker) -> None:
    """What cannot be said as it was given is refused."""
    async with clients(memory, "ann") as (ann,), ann.create("Sea") as host:
        for payload in (float("nan"), {1, 2}, b"x"):
            with pytest.raises(BadInputError, match="cannot be written as JSON"):
                host.send(payload)
        with pytest.raises(BadInputError, match="True or False"):
            await host.set_ready("no")  # type: ignore[arg-type]
        with pytest.raises(BadInputError, match="cannot be written as JSON"):
            await host.update(lambda properties: {"a": float("inf")})
        with pytest.raises(BadInputError, match="function"):
            await host.update(None)  # type: ignore[arg-type]
        assert host.properties == {}


# --- helpers ---------------------------------------------------------------------------------


async def until_busy(broker: Broker) -> None:
    """Wait until a client has sent what it wants."""
    async with asyncio.timeout(PATIENCE):
        while not broker._exchange.busy:
            await asyncio.sleep(0)


async def until_link(session: Session, *, up: bool) -> bool:
    """Wait until the connection is there, or is not, and the session with it."""
    async with asyncio.timeout(PATIENCE):
        while session._exchange.runner.up is not up:
            await asyncio.sleep(0)
    return True
