"""What operators see, who may see it, and a self-audit that notices when it is wrong."""

from __future__ import annotations

import re

import pytest

from headcount.chat.server.proxies import Proxies
from headcount.chat.server.server import ChatServer
from headcount.chat.store import StoreUnavailableError
from tests.chat.clients import G1, G2
from tests.chat.http import SECRET, Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place

PRIVATE = ("/api/metrics", "/api/monitoring/users", "/api/monitoring/stats")


async def admin(server: ChatServer, http: Http) -> str:
    """Return the token of an admin."""
    await server.place.store.accounts.register("root", SECRET, role="admin", operator=True)
    return str((await http.login("root"))["token"])


def value(text: bytes, metric: str) -> float:
    """Return a metric's value."""
    found = re.search(rf"^{re.escape(metric)} (\S+)$".encode(), text, re.MULTILINE)
    assert found is not None, f"no {metric} in\n{text.decode()}"
    return float(found[1])


async def test_health_is_ready_with_the_database(place: Place) -> None:
    """It says what it looked at."""
    async with started(place) as server:
        answer = await Http(server.url).get("/api/health")
        assert answer.status == 200
        body = answer.body
        assert (body["status"], body["database"], body["broker"]) == ("ok", True, True)
        assert body["uptime"] >= 0


async def test_health_is_not_ready_without_the_database(
    server: ChatServer, http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pollers that look at the status only understand it too."""

    async def gone() -> None:
        raise StoreUnavailableError("gone")

    monkeypatch.setattr(server.place.store, "check", gone)
    answer = await http.get("/api/health")
    assert answer.status == 503
    assert (answer.body["status"], answer.body["database"]) == ("unavailable", False)


@pytest.mark.parametrize("path", PRIVATE)
async def test_only_admins_see_who_is_connected(server: ChatServer, http: Http, path: str) -> None:
    """The old server showed it to everybody."""
    user, root = await http.token("alice"), await admin(server, http)
    for token, status in ((None, 401), ("bad", 401), (user, 403), (root, 200)):
        assert (await http.get(path, token=token)).status == status


async def test_connections_are_listed(server: ChatServer, http: Http) -> None:
    """Accounts and guests apart, in the fields that are known."""
    root = await admin(server, http)
    token = await http.token("alice")
    async with G2.logged_in(server.url, token), G1.open(server.url) as guest:
        await guest.call_itself("Zed")
        await guest.next("success")
        body = (await http.get("/api/monitoring/users", token=root)).body
        assert (body["count"], body["anonymousCount"]) == (1, 1)
        [known], [anonymous] = body["connectedUsers"], body["anonymousConnections"]
        assert (known["username"], anonymous["username"]) == ("alice", "Zed")
        keys = {"id", "username", "ip", "connectedAt", "connectedDuration", "room"}
        assert set(known) == keys
        assert known["ip"] == "127.0.0.1"
        stats = (await http.get("/api/monitoring/stats", token=root)).body
        assert (stats["connectedUsers"], stats["totalUsers"]) == (1, 2)
        assert stats["systemHealth"]["status"] == "healthy"


async def test_metrics_are_for_this_machine_and_admins(local: Place) -> None:
    """What a proxy on this machine forwards does not count as this machine."""
    forged = {"X-Forwarded-For": "127.0.0.1"}
    async with started(local, proxies=Proxies.parse(["127.0.0.1"])) as server:
        http = Http(server.url)
        assert (await http.get("/metrics")).status == 200
        assert (await http.get("/metrics", headers=forged)).status == 401
        root = await admin(server, http)
        assert (await http.get("/metrics", headers=forged, token=root)).status == 200
    for access, status in (("admin", 401), ("open", 200)):
        async with started(local, metrics=access) as server:
            assert (await Http(server.url).get("/metrics", headers=forged)).status == status


async def test_metrics_say_what_is_going_on(server: ChatServer, http: Http) -> None:
    """Connections, accounts, messages, latency, drops and lease expiries."""
    token = await http.token("alice")
    async with G2.logged_in(server.url, token) as alice, G1.open(server.url):
        await alice.say("hello")
        await alice.next("message:new")
        await alice.shows(2)
        text = (await http.get("/metrics")).raw
        assert value(text, "headcount_chat_connections") == 2
        assert value(text, "headcount_chat_accounts_online") == 1
        assert value(text, "headcount_chat_messages_total") == 1
        assert value(text, "headcount_chat_delivery_seconds_count") == 1
        assert value(text, 'headcount_chat_delivery_seconds_bucket{le="+Inf"}') == 1
        assert value(text, 'headcount_chat_count_difference{room="lobby"}') == 0
        for name in ("dropped", "fenced", "silent", "refused"):
            assert value(text, f"headcount_chat_{name}_total") == 0


@pytest.mark.parametrize("count", ["connections", "names"])
async def test_the_audit_notices_a_wrong_count(local: Place, count: str) -> None:
    """The server is broken on purpose: the number told is not that of the open transports."""
    async with started(local, hub={"count": count}) as server:
        http = Http(server.url)
        metric = 'headcount_chat_count_difference{room="lobby"}'
        async with G1.open(server.url) as one, G1.open(server.url) as two:
            await one.call_itself("One")
            await two.call_itself("Two")
            await one.until(lambda each: set(each.users) == {"One", "Two"})
            assert value((await http.get("/metrics")).raw, metric) == 0
            server.place.runner.figures.told["lobby"] = 5
            assert value((await http.get("/metrics")).raw, metric) == 3
            async with G1.open(server.url) as other:
                await other.call_itself("Other")
                await other.until(lambda each: set(each.users) == {"One", "Two", "Other"})
                assert value((await http.get("/metrics")).raw, metric) == 0


async def test_the_audit_sees_a_socket_that_the_hub_has_forgotten(
    server: ChatServer, http: Http
) -> None:
    """A transport that stays open without being counted is a difference."""
    async with G1.open(server.url) as one, G1.open(server.url):
        await one.shows(2)
        runner = server.place.runner
        runner._sockets["ghost"] = next(iter(runner._sockets.values()))
        text = (await http.get("/metrics")).raw
        assert value(text, 'headcount_chat_count_difference{room="lobby"}') == -1
        del runner._sockets["ghost"]


async def test_a_page_learns_whether_guests_are_admitted(local: Place) -> None:
    """Before anybody has logged in."""
    for guests in (True, False):
        async with started(local, hub={"guests": guests}) as server:
            answer = await Http(server.url).get("/api/settings")
            assert answer.both == (200, {"success": True, "guests": guests})
