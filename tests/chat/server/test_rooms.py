"""Rooms: the lobby, and one for each live session of the broker, with the session's own count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from types import SimpleNamespace

import pytest

from headcount.chat.server.server import ChatServer, serving
from headcount.chat.server.settings import ServerSettings
from headcount.connection import Broker, connect
from headcount.links.memory import MemoryBroker
from headcount.session import Session
from headcount.sge.protocol.session import SGDistributedSession
from tests.chat.clients import G1, G2
from tests.chat.http import SECRET, Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place

TIMERS = {"heartbeat": 0.3, "lease": 0.9}


@pytest.fixture
def wire() -> MemoryBroker:
    """Give a broker."""
    return MemoryBroker()


@pytest.fixture
async def own(wire: MemoryBroker) -> AsyncIterator[Broker]:
    """Give the server's connection to it."""
    async with connect(connector=wire.connector(), client_id="server") as broker:
        yield broker


@pytest.fixture
async def other(wire: MemoryBroker) -> AsyncIterator[Broker]:
    """Give a host's connection to it."""
    async with connect(connector=wire.connector(), client_id="host", name="Ana") as broker:
        yield broker


@pytest.fixture
async def server(local: Place, own: Broker) -> AsyncIterator[ChatServer]:
    """Give a server whose rooms are the broker's sessions."""
    async with started(local, own) as running:
        yield running


async def until_listed(http: Http, number: int) -> list[dict[str, object]]:
    """Wait until so many sessions are listed; return them."""
    for _ in range(100):
        sessions: list[dict[str, object]] = (await http.get("/api/sessions")).body["sessions"]
        if len(sessions) == number:
            return sessions
        await asyncio.sleep(0.05)
    raise AssertionError(f"never {number}: {sessions}")


async def until_changed(http: Http, changes: int) -> None:
    """Wait until a session's history has so many events."""
    for _ in range(100):
        [session] = (await http.get("/api/sessions")).body["sessions"]
        if session["changes"] == changes:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"never {changes}: {session}")


async def test_a_session_is_a_room_with_its_own_count(
    server: ChatServer, http: Http, wire: MemoryBroker, other: Broker
) -> None:
    """Who looks at it in the page is none of its instances; what is said there stays there."""
    async with other.create("Sea", id="sea", **TIMERS), G1.open(server.url) as lobby:
        [listed] = await until_listed(http, 1)
        assert (listed["id"], listed["count"], listed["state"]) == ("sea", 1, "open")
        async with G1.open(server.url) as looker:
            await looker.call_itself("Zed")
            await looker.send("join", room="sea")
            joined = await looker.next("joined")
            assert joined["room"] == "sea"
            count = await looker.next("userCount")
            assert (count["room"], count["count"], count["users"]) == ("sea", 1, ["Ana"])
            async with connect(connector=wire.connector(), client_id="ben", name="Ben") as broker:
                async with broker.join("sea"):
                    count = await looker.next("userCount")
                    assert (count["count"], count["users"]) == (2, ["Ana", "Ben"])
                count = await looker.next("userCount")
                assert (count["count"], count["users"]) == (1, ["Ana"])
            await looker.say("only here")
            await looker.until(lambda each: each.texts == ["only here"])
            assert looker.messages[0]["room"] == "sea"
            await lobby.shows(2)
            assert lobby.texts == []
            body = (await http.get("/api/messages?room=sea")).body
            assert [message["message"] for message in body["messages"]] == ["only here"]
            assert (await http.get("/api/messages")).body["messages"] == []
            metric = b'headcount_chat_count_difference{room="sea"} 0.0'
            assert metric in (await http.get("/metrics")).raw


async def test_a_room_ends_with_its_session_and_its_history_with_it(
    server: ChatServer, http: Http, other: Broker
) -> None:
    """Who was inside is back in the lobby; another session under the same id begins anew."""
    async with G1.open(server.url) as looker:
        await looker.call_itself("Zed")
        async with other.create("Sea", id="sea", **TIMERS):
            await until_listed(http, 1)
            await looker.send("join", room="sea")
            await looker.next("joined")
            await looker.say("first")
            await looker.until(lambda each: each.texts == ["first"])
        assert (await looker.next("joined")) == {
            "type": "joined",
            "room": "lobby",
            "closed": "sea",
        }
        await until_listed(http, 0)
        assert (await http.get("/api/messages?room=sea")).status == 404
        assert set(server.place.runner.figures.told) <= {"lobby"}
        async with other.create("Sea", id="sea", **TIMERS):
            await until_listed(http, 1)
            assert (await http.get("/api/messages?room=sea")).body["messages"] == []
            await looker.send("join", room="sea")
            await looker.next("joined")
            await looker.say("second")
            await looker.until(lambda each: each.texts == ["first", "second"])
            assert looker.messages[1]["id"] == 1


async def test_a_session_is_shown_whole(server: ChatServer, http: Http, other: Broker) -> None:
    """With its people and roles, and no secret of theirs."""
    async with other.create("Sea", id="sea", roles=["mayor"], seats=(1, 3), **TIMERS) as session:
        await session.claim_role("mayor")
        await until_listed(http, 1)
        await asyncio.sleep(0.3)
        answer = await http.get("/api/sessions/sea")
        shown = answer.body["session"]
        assert (shown["min"], shown["max"], shown["hosted"]) == (1, 3, False)
        [member] = shown["members"]
        assert (member["name"], member["role"]) == ("Ana", "mayor")
        assert b"hash" not in answer.raw
        assert (await http.get("/api/sessions/none")).status == 404


async def test_who_came_and_who_left_is_kept(
    server: ChatServer, http: Http, wire: MemoryBroker, other: Broker
) -> None:
    """For whoever asks later, whole or in part, and for a while after the session."""

    async def told(query: str = "") -> list[tuple[str, str, int]]:
        body = (await http.get(f"/api/sessions/sea/roster{query}")).body
        return [(each["event"], each["name"], each["count"]) for each in body["events"]]

    assert (await http.get("/api/sessions/sea/roster")).status == 404
    async with other.create("Sea", id="sea", roles=["mayor"], **TIMERS) as session:
        await until_listed(http, 1)
        async with connect(connector=wire.connector(), client_id="ben", name="Ben") as broker:
            async with broker.join("sea"):
                await until_changed(http, 2)
            await until_changed(http, 3)
        await session.claim_role("mayor")
        await until_changed(http, 4)
        all_of_it = [("joined", "Ana", 1), ("joined", "Ben", 2), ("left", "Ben", 1)]
        assert await told() == [*all_of_it, ("role", "Ana", 1)]
        assert await told("?after=2") == [("left", "Ben", 1), ("role", "Ana", 1)]
        assert (await http.get("/api/sessions/sea/roster?after=x")).status == 400
    await until_listed(http, 0)
    body = (await http.get("/api/sessions/sea/roster")).body
    assert (body["id"], body["first"], body["last"]) == ("sea", 1, 4)
    assert body["ended"] >= body["events"][-1]["at"]


async def test_who_follows_the_sessions_is_told_at_once(
    server: ChatServer, http: Http, other: Broker
) -> None:
    """All at first, then what changes; a client that does not follow is told nothing."""
    async with G1.open(server.url) as looker, G1.open(server.url) as lobby:
        await looker.send("presence", diff=True)
        frame = await looker.next("sessions")
        assert (frame["sessions"], frame["gone"], frame["whole"]) == ([], [], True)
        async with other.create("Sea", id="sea", roles=["mayor"], **TIMERS) as session:
            [shown] = (await looker.next("sessions"))["sessions"]
            assert shown == (await http.get("/api/sessions/sea")).body["session"]
            assert (shown["ready"], shown["hosted"], shown["changes"]) == (True, False, 1)
            await session.claim_role("mayor")
            frame = await looker.next("sessions")
            assert frame["sessions"][0]["members"][0]["role"] == "mayor"
            assert not frame["whole"]
        while not (frame := await looker.next("sessions"))["gone"]:
            pass
        assert (frame["sessions"], frame["gone"]) == ([], ["sea"])
        await lobby.call_itself("Lou")
        await lobby.next("success")
        await lobby.say("that was all")
        await lobby.until(lambda each: each.texts == ["that was all"])
        assert lobby.of_type("sessions") == []


async def test_who_follows_is_told_when_the_broker_is_gone(
    server: ChatServer, wire: MemoryBroker, other: Broker
) -> None:
    """What is shown then may be out of date, until it is back."""
    async with other.create("Sea", id="sea", **TIMERS), G1.open(server.url) as looker:
        await looker.send("presence", diff=True)
        while not (await looker.next("sessions"))["sessions"]:
            pass
        wire.refuse = True
        wire.drop(next(each for each in wire.client_ids if each.startswith("server")))
        while (await looker.next("sessions"))["sessions"][0]["ready"]:
            pass
        wire.refuse = False
        while not (await looker.next("sessions"))["sessions"][0]["ready"]:
            pass


async def test_a_history_is_read_by_who_may_read_the_sessions(local: Place) -> None:
    """Where guests are not admitted that is accounts."""
    async with started(local, hub={"guests": False}) as server:
        http = Http(server.url)
        assert (await http.get("/api/sessions/sea/roster")).status == 401
        token = await http.token("alice")
        assert (await http.get("/api/sessions/sea/roster", token=token)).status == 404


async def test_an_admin_leads_a_session_hosted_here(
    server: ChatServer, http: Http, own: Broker, other: Broker
) -> None:
    """Starts it, kicks from it, closes it; nobody else may, and no session hosted elsewhere."""
    await server.place.store.accounts.register("root", SECRET, role="admin", operator=True)
    root = (await http.login("root"))["token"]
    user = await http.token("alice")

    async def act(id: str, action: str, body: object = None, token: str | None = root) -> int:
        answer = await http.post(f"/api/sessions/{id}/{action}", body, token=token)
        return answer.status

    mine: Session = own.create("Mine", id="mine", **TIMERS)
    async with mine, other.create("Sea", id="sea", **TIMERS), other.join("mine") as member:
        sessions = await until_listed(http, 2)
        assert {each["id"]: each["hosted"] for each in sessions} == {"mine": True, "sea": False}
        assert await act("mine", "start", token=None) == 401
        assert await act("mine", "start", token=user) == 403
        assert await act("sea", "start") == 409
        assert await act("none", "start") == 404
        assert await act("mine", "explode") == 404
        assert await act("mine", "kick") == 400
        assert await act("mine", "kick", {"client": "host"}) == 200
        for _ in range(100):
            if member.closed_reason:
                break
            await asyncio.sleep(0.05)
        assert member.closed_reason == "kicked"
        assert await act("mine", "start") == 200
        assert str(mine.state.phase) == "started"
        assert await act("mine", "close") == 200
        await until_listed(http, 1)


async def test_the_lobby_is_ready_without_a_broker_in_the_end(
    local: Place, own: Broker, wire: MemoryBroker
) -> None:
    """Health tells that the broker is gone; the chat goes on."""
    async with started(local, own) as server:
        http = Http(server.url)
        assert (await http.get("/api/health")).status == 200
        await own.close()
        answer = await http.get("/api/health")
        assert (answer.status, answer.body["broker"]) == (503, False)
        token = await http.token("alice")
        async with G2.logged_in(server.url, token) as alice:
            await alice.say("still here")
            await alice.until(lambda each: each.texts == ["still here"])


async def test_sessions_of_existing_instances_are_rooms_too(local: Place) -> None:
    """With the ids of their instances; an id that both protocols have is ours."""
    created = datetime(2026, 11, 21, 9, 30)
    theirs = SGDistributedSession("old", "ana", "Old sea")
    theirs.created_at = created
    theirs.add_instance("ben")
    lookout = SimpleNamespace(sessions=(theirs,), changed=lambda: None)
    async with local.open() as store:
        settings = ServerSettings(port=0)
        async with serving(settings, store=store, lookout=lookout) as server:
            http = Http(server.url)
            [listed] = await until_listed(http, 1)
            assert (listed["id"], listed["count"], listed["protocol"]) == ("old", 2, "sge")
            async with G1.open(server.url) as looker:
                await looker.send("join", room="old")
                count = await looker.next("userCount")
                while count.get("room") != "old":
                    count = await looker.next("userCount")
                assert (count["count"], count["users"]) == (2, ["ana", "ben"])
                theirs.remove_instance("ben")
                lookout.changed()
                count = await looker.next("userCount")
                assert (count["count"], count["users"]) == (1, ["ana"])
                lookout.sessions = ()
                lookout.changed()
                while (await looker.next("joined"))["room"] != "lobby":
                    pass
