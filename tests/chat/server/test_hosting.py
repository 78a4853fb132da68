"""Sessions that the server hosts itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from headcount.chat.server import hosting
from headcount.chat.server.hosting import FullError, Hosting
from headcount.chat.server.server import ChatServer
from headcount.connection import Broker, connect
from headcount.core.state import Phase
from headcount.errors import BadInputError, HeadcountError, RequestRefusedError
from headcount.links.memory import MemoryBroker
from tests.chat.http import SECRET, Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place


@pytest.fixture
def wire() -> MemoryBroker:
    """Give a broker."""
    return MemoryBroker()


@pytest.fixture
async def own(wire: MemoryBroker) -> AsyncIterator[Broker]:
    """Give the server's connection to it."""
    async with connect(connector=wire.connector()) as broker:
        yield broker


@pytest.fixture
async def ben(wire: MemoryBroker) -> AsyncIterator[Broker]:
    """Give a player's connection to it."""
    async with connect(connector=wire.connector(), client_id="ben", name="Ben") as broker:
        yield broker


async def admin_of(server: ChatServer) -> tuple[Http, str]:
    """Return the HTTP side and an admin's token."""
    http = Http(server.url)
    await server.place.store.accounts.register("root", SECRET, role="admin", operator=True)
    return http, str((await http.login("root"))["token"])


async def until(http: Http, count: int, state: str = "open") -> dict[str, object]:
    """Wait until a session is listed so; return it."""
    for _ in range(100):
        for shown in (await http.get("/api/sessions")).body["sessions"]:
            if (shown["count"], shown["state"]) == (count, state):
                return dict(shown)
        await asyncio.sleep(0.05)
    raise AssertionError(f"never {count}, {state}")


async def test_an_admin_has_a_session_hosted(local: Place, own: Broker, ben: Broker) -> None:
    """Somebody joins; it is started, they are kicked, it is closed."""
    async with started(local, own) as server:
        http, root = await admin_of(server)
        wish = {"name": "Sea", "min": 2, "max": 4, "roles": ["Mayor"], "seed": 7, "id": "sea"}
        assert (await http.post("/api/sessions", wish, token=root)).both == (
            200,
            {"success": True, "id": "sea"},
        )
        shown = await until(http, 1)
        assert (shown["hosted"], shown["seed"], shown["roles"]) == (True, 7, ["Mayor"])
        async with ben.join("sea", role="Mayor") as member:
            assert await act(http, root, "start") == 200
            await until(http, 2, "started")
            assert member.state.phase is Phase.STARTED
            assert await act(http, root, "kick", client="ben") == 200
            shown = await until(http, 1, "started")
            assert shown["members"][0]["name"] == hosting.NAME  # type: ignore[index]
        assert await act(http, root, "close") == 200
        assert await act(http, root, "close") in (404, 409)
        assert server.place.rooms.hosting.sessions == []


async def act(http: Http, token: str, action: str, **body: object) -> int:
    """Do something in the session."""
    return (await http.post(f"/api/sessions/sea/{action}", body, token=token)).status


async def test_only_an_admin_has_sessions_hosted(local: Place, own: Broker) -> None:
    """And what cannot be is refused, with what to do."""
    async with started(local, own) as server:
        http, root = await admin_of(server)
        user = await http.token("alice")
        assert (await http.post("/api/sessions", {"name": "Sea"})).status == 401
        assert (await http.post("/api/sessions", {"name": "Sea"}, token=user)).status == 403
        answer = await http.post("/api/sessions", {"name": "Sea", "max": 1}, token=root)
        assert (answer.status, answer.body["code"]) == (400, "SESSION_SEATS")
        sea = {"name": "Sea", "id": "sea"}
        assert (await http.post("/api/sessions", sea, token=root)).status == 200
        answer = await http.post("/api/sessions", sea, token=root)
        assert (answer.status, answer.body["code"]) == (409, "SESSION_EXISTS")


async def test_without_a_broker_nothing_is_hosted(local: Place) -> None:
    """It can be asked for again later."""
    async with started(local) as server:
        http, root = await admin_of(server)
        answer = await http.post("/api/sessions", {"name": "Sea"}, token=root)
        assert (answer.status, answer.body["code"]) == (503, "UNAVAILABLE")


async def test_the_server_closes_what_it_hosts(local: Place, own: Broker, ben: Broker) -> None:
    """When it stops in good order, so that nobody waits for a host that is no more."""
    async with started(local, own) as server:
        http, root = await admin_of(server)
        assert (
            await http.post("/api/sessions", {"name": "S", "id": "s"}, token=root)
        ).status == 200
        member = ben.join("s")
        await member.__aenter__()
    assert own.entered == []
    async for _ in member.watch():
        pass
    assert member.closed_reason == "host_left"


async def test_there_is_an_end_to_it(own: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there may be; one that is over makes room for another."""
    monkeypatch.setattr(hosting, "MOST", 1)
    hosted = Hosting(own)
    first = await hosted.create("Sea", {"id": "sea"})
    with pytest.raises(FullError):
        await hosted.create("Lake", {})
    await first.close()
    await hosted.create("Lake", {"id": "lake"})
    assert [session.id for session in hosted.sessions] == ["lake"]
    await hosted.close()
    assert hosted.sessions == []
    with pytest.raises(HeadcountError):
        await hosted.create("Late", {})


async def test_what_is_being_created_while_the_server_stops_is_left(own: Broker) -> None:
    """It does not outlive the others."""
    hosted = Hosting(own)
    creating = asyncio.create_task(hosted.create("Sea", {"id": "sea"}))
    await asyncio.sleep(0)
    await hosted.close()
    with pytest.raises(HeadcountError):
        await creating
    assert own.entered == []


async def test_errors_of_creating_are_passed_on(own: Broker, ben: Broker) -> None:
    """To whoever asked; nothing is kept of it."""
    hosted = Hosting(own)
    with pytest.raises(BadInputError):
        await hosted.create("", {})
    async with ben.create("Sea", id="sea"):
        with pytest.raises(RequestRefusedError):
            await hosted.create("Sea", {"id": "sea"})
    assert hosted.sessions == []
