"""The server from end to end: connect, count, log in, talk, leave."""

from __future__ import annotations

from headcount.chat.server.server import ChatServer
from tests.chat.clients import G1, G2
from tests.chat.http import Http


async def test_a_window_is_told_who_it_is_and_how_many_are_here(server: ChatServer) -> None:
    """The first frames are those that existing clients know."""
    async with G2.open(server.url) as client:
        hello = await client.next("connected")
        assert hello["connectedUsers"] == 1
        assert hello["username"].startswith("anon_")
        count = await client.next("userCount")
        assert count == {"type": "userCount", "count": 1, "users": [hello["username"]]}


async def test_both_generations_meet(server: ChatServer, http: Http) -> None:
    """An account and a guest count, see each other's names, and hear each other."""
    token = await http.token("alice")
    async with G2.logged_in(server.url, token) as alice, G1.open(server.url, path="/") as zed:
        await zed.call_itself("Zed")
        await zed.next("success")
        await alice.until(lambda each: each.users == ["alice", "Zed"])
        assert alice.count == 2
        await alice.say(" hello ")
        await zed.say("hi")
        for client in (alice, zed):
            await client.until(lambda each: len(each.messages) == 2)
        assert alice.messages == zed.messages
        first, second = zed.messages
        assert (first["id"], first["username"], first["text"]) == (1, "alice", "hello")
        assert (second["id"], second["pseudo"], second["message"]) == (2, "Zed", "hi")
    listed = (await http.get("/api/messages?limit=1")).body
    assert [message["message"] for message in listed["messages"]] == ["hi"]


async def test_who_leaves_counts_no_more_and_may_log_in_elsewhere(
    server: ChatServer, http: Http
) -> None:
    """However the connection ends."""
    token = await http.token("alice")
    async with G1.open(server.url) as watcher:
        async with G2.logged_in(server.url, token):
            await watcher.shows(2)
            assert (await http.login("alice"))["code"] == "ALREADY_LOGGED_IN"
        await watcher.shows(1)
        again = await http.login("ALICE ")
        assert again["success"]
        client = await G2.connect(server.url)
        await client.authenticate(again["token"])
        await watcher.shows(2)
        client.kill()
        await watcher.shows(1)
        assert (await http.login("alice"))["success"]
