"""Messages: stored before they are told, over both ways, with their rights."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from headcount.chat.server.server import ChatServer
from tests.chat.clients import G1, G2
from tests.chat.http import SECRET, Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place


async def admin(server: ChatServer, http: Http) -> str:
    """Return the token of an admin."""
    await server.place.store.accounts.register("root", SECRET, role="admin", operator=True)
    return str((await http.login("root"))["token"])


async def test_the_forms_of_a_message_that_clients_send(server: ChatServer, http: Http) -> None:
    """All are stored and told to everybody, the sender included, with both spellings."""
    token = await http.token("alice")
    async with G2.logged_in(server.url, token) as alice:
        await alice.send("message", text=" hello ")
        await alice.next("message:new")
        await alice.send("message:send", data={"text": "via data"})
        await alice.send("message", text="  ")
        await alice.send("message", text="r", replyTo="1")
        await alice.socket.send(json.dumps({"type": "message", "text": "binary"}).encode())
        await alice.until(lambda each: len(each.messages) == 4)
        assert alice.texts == ["hello", "via data", "r", "binary"]
        assert [message["id"] for message in alice.messages] == [1, 2, 3, 4]
        first, reply = alice.messages[0], alice.messages[2]
        keys = {"id", "username", "pseudo", "text", "message", "createdAt", "created_at"}
        assert set(first) == keys
        assert first["createdAt"] == first["created_at"]
        assert (reply["replyTo"], reply["replyToPseudo"], reply["replyToText"]) == (
            1,
            "alice",
            "hello",
        )
        assert alice.of_type("error") == [{"type": "error", "message": "Message text is required"}]


async def test_the_history_is_given_newest_first(place: Place) -> None:
    """In the fields that existing clients read, with additions beside them."""
    async with started(place) as server:
        http = Http(server.url)
        token = await http.token("alice")
        for number in range(1, 6):
            body = {"text": f"m{number}", "pseudo": "alice"}
            answer = await http.post("/api/messages", body, token=token)
            assert answer.body["message"]["id"] == number
        listed = (await http.get("/api/messages?limit=2")).body
        assert [message["message"] for message in listed["messages"]] == ["m5", "m4"]
        assert (listed["success"], listed["total"], listed["more"]) == (True, 2, True)
        assert set(listed["messages"][0]) == {
            "id",
            "user_id",
            "pseudo",
            "message",
            "conversation_id",
            "created_at",
        }
        earlier = (await http.get("/api/messages?before=3")).body
        assert [message["id"] for message in earlier["messages"]] == [2, 1]
        missed = (await http.get("/api/messages?after=3")).body
        assert [message["id"] for message in missed["messages"]] == [5, 4]
        for bad in ("limit=-1", "limit=x", "before=1.5", "after=%20", "limit=1e3"):
            assert (await http.get(f"/api/messages?{bad}")).status == 400, bad
        assert (await http.get("/api/messages?room=nowhere")).status == 404


async def test_writing_over_http_needs_the_token_and_uses_its_name(
    server: ChatServer, http: Http
) -> None:
    """Nobody writes as somebody else; everybody hears it."""
    token = await http.token("alice")
    body = {"text": " hello ", "pseudo": "bob"}
    assert (await http.post("/api/messages", body)).both == (401, {"error": "Token manquant"})
    assert (await http.post("/api/messages", body, token="bad")).status == 401
    async with G1.open(server.url) as guest:
        answer = await http.post("/api/messages", body, token=token)
        assert answer.status == 200
        message = answer.body["message"]
        assert set(message) == {"id", "username", "text", "created_at"}
        assert (message["username"], message["text"]) == ("alice", "hello")
        await guest.until(lambda each: each.texts == ["hello"])
        assert guest.messages[0]["username"] == "alice"
    for bad in ({}, {"text": "x"}, {"pseudo": "alice"}, {"text": " ", "pseudo": "alice"}):
        answer = await http.post("/api/messages", bad, token=token)
        assert answer.both == (400, {"error": "Text and pseudo are required"})
    long = {"text": "x" * 5001, "pseudo": "alice"}
    assert (await http.post("/api/messages", long, token=token)).status == 400


async def test_without_guests_only_accounts_read_and_write(local: Place) -> None:
    """Over both ways; who has no account still sees who is here."""
    async with started(local, hub={"guests": False}) as server:
        http = Http(server.url)
        token = await http.token("alice")
        for path in ("/api/messages", "/api/sessions"):
            assert (await http.get(path)).status == 401
            assert (await http.get(path, token=token)).status == 200
        async with G1.open(server.url) as guest, G2.logged_in(server.url, token) as alice:
            await guest.shows(2)
            await guest.call_itself("Zed")
            await guest.say("hi")
            await guest.until(lambda each: len(each.of_type("error")) == 2)
            await alice.say("among us")
            await alice.until(lambda each: each.texts == ["among us"])
            await asyncio.sleep(0.1)
            assert guest.texts == []


async def test_a_burst_arrives_whole_and_in_order(local: Place) -> None:
    """Of 1,000 messages none is lost, doubled or out of place, for anybody."""
    async with started(local, hub={"burst": 2000}) as server:
        http = Http(server.url)
        token = await http.token("alice")
        async with G2.logged_in(server.url, token) as alice:
            readers = [await G1.connect(server.url) for _ in range(20)]
            await alice.shows(21)
            for number in range(1000):
                await alice.say(str(number))
            for client in (alice, *readers):
                await client.until(lambda each: len(each.messages) == 1000, 20.0)
                assert client.texts == [str(number) for number in range(1000)]
            for client in readers:
                await client.close()
        answer = await http.get("/metrics")
        assert b"headcount_chat_delivery_seconds_count 1000.0" in answer.raw


async def test_a_mark_is_stored_once_and_acknowledged(server: ChatServer, http: Http) -> None:
    """The same `ref` twice is one message."""
    token = await http.token("alice")
    async with G2.logged_in(server.url, token) as alice:
        await alice.say("once", ref="r1")
        await alice.next("message:ack")
        await alice.say("once", ref="r1")
        assert (await alice.next("message:ack")) == {
            "type": "message:ack",
            "ref": "r1",
            "id": 1,
            "room": "lobby",
        }
        assert alice.texts == ["once"]


async def test_who_comes_back_gets_what_was_missed(server: ChatServer, http: Http) -> None:
    """Exactly that, once."""
    token = await http.token("alice")
    async with G2.logged_in(server.url, token) as alice:
        for number in range(5):
            await alice.say(str(number))
        await alice.until(lambda each: len(each.messages) == 5)
        async with G1.open(server.url) as back:
            await back.send("resume", after=2)
            resumed = await back.next("resumed")
            assert resumed["recovered"]
            assert [message["text"] for message in resumed["messages"]] == ["2", "3", "4"]
            await alice.say("live")
            await back.until(lambda each: each.texts == ["live"])


async def test_admins_delete_and_clear(server: ChatServer, http: Http) -> None:
    """Over HTTP and over the socket; nobody else may."""
    user, root = await http.token("alice"), await admin(server, http)
    async with G2.logged_in(server.url, user) as alice:
        for number in range(3):
            await alice.say(str(number))
        await alice.until(lambda each: len(each.messages) == 3)
        for token, status in ((None, 401), (user, 403), (root, 200), (root, 404)):
            answer = await http.ask("DELETE", "/api/messages/2", token=token)
            assert answer.status == status
        assert (await alice.next("message:deleted"))["id"] == 2
        await alice.send("clearChat")
        assert (await alice.next("error"))["code"] == "FORBIDDEN"
        assert (await http.ask("DELETE", "/api/messages", token=user)).status == 403
        assert (await http.ask("DELETE", "/api/messages", token=root)).status == 200
        cleared = await alice.next("chatCleared")
        assert cleared["clearedBy"] == "root"
        assert (await http.get("/api/messages")).body["messages"] == []
        async with G2.logged_in(server.url, root) as boss:
            await alice.say("again")
            await alice.next("message:new")
            await boss.send("clearChat")
            await boss.next("chatCleared")


STRANGE: list[tuple[dict[str, Any], int]] = [
    ({"room": [1]}, 404),
    ({"room": {"a": 1}}, 404),
    ({"room": 7}, 404),
    ({"ref": ["a"]}, 400),
    ({"ref": True}, 400),
    ({"ref": 2**70}, 400),
    ({"ref": "r" * 65}, 400),
    ({"ref": 17}, 200),
    ({"replyTo": 2**70}, 200),
    ({"replyTo": [[]]}, 200),
]


@pytest.mark.parametrize(("more", "status"), STRANGE, ids=range(len(STRANGE)))
async def test_strange_fields_are_no_fault_of_the_server(
    http: Http, more: dict[str, Any], status: int
) -> None:
    """They are refused with the status that says why, or not looked at."""
    token = await http.token("alice")
    body = {"text": "x", "pseudo": "alice", **more}
    assert (await http.post("/api/messages", body, token=token)).status == status


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 20, "x", "-1", "1.0", "%D9%A3"])
async def test_what_is_no_number_of_a_message_is_not_there(
    server: ChatServer, http: Http, number: str
) -> None:
    """However long it is."""
    assert (await http.ask("DELETE", f"/api/messages/{number}")).status == 401
    await http.register("root-admin")
    await server.place.store.accounts.set_role("root-admin", "admin")
    root = (await http.login("root-admin"))["token"]
    assert (await http.ask("DELETE", f"/api/messages/{number}", token=root)).status == 404


@pytest.mark.parametrize("kind", ["message", "typing"])
async def test_too_much_is_refused(server: ChatServer, http: Http, kind: str) -> None:
    """200 at once, then 100 a second; the others are not affected."""
    token = await http.token("alice")
    async with G2.logged_in(server.url, token) as alice, G1.open(server.url) as guest:
        for number in range(1000):
            await alice.send(kind, text=str(number), isTyping=True)
        await guest.call_itself("Zed")
        await guest.next("success")
        await alice.send("setPseudo", pseudo="x")
        await alice.until(lambda each: each.of_type("error"))
        codes = {frame.get("code") for frame in alice.of_type("error")}
        assert codes <= {"RATE_LIMITED", "NAME_FIXED"}
        assert ("RATE_LIMITED" in codes) is (kind == "message")
        counted = server.place.runner.figures.counts["rate_limited"]
        assert counted > 300
        assert alice.closed is None


async def test_one_account_may_not_flood_over_http(server: ChatServer, http: Http) -> None:
    """As much as one connection may."""
    token = await http.token("alice")
    posting = server.place.posting
    login = await server.place.store.logins.verify(token)
    while posting.take(login.account.id):
        pass
    body = {"text": "x", "pseudo": "alice"}
    answers = [await http.post("/api/messages", body, token=token) for _ in range(3)]
    assert {answer.status for answer in answers} <= {200, 429}
