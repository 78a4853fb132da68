"""One account, several places: who gets it, who is told what, and when it is free again."""

from __future__ import annotations

import asyncio
import time

from headcount.chat.server.server import ChatServer
from tests.chat.clients import G1, G2
from tests.chat.http import Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place

ALREADY = {
    "type": "error",
    "message": "Compte déjà connecté sur un autre poste.",
    "code": "ALREADY_LOGGED_IN",
}


async def test_of_twenty_logins_at_once_exactly_one_succeeds(place: Place) -> None:
    """All are answered; the database decides, whichever it is."""
    async with started(place) as server:
        http = Http(server.url)
        await http.register("alice")
        answers = await asyncio.gather(*(http.login("alice") for _ in range(20)))
        refusals = [answer for answer in answers if not answer["success"]]
        assert len(refusals) == 19
        assert {each["code"] for each in refusals} == {"ALREADY_LOGGED_IN"}


async def test_of_twenty_authentications_at_once_one_is_left(
    server: ChatServer, http: Http
) -> None:
    """The others are told once, and closed."""
    token = await http.token("alice")
    async with G1.open(server.url) as watcher:
        clients = await asyncio.gather(*(G2.connect(server.url) for _ in range(20)))
        await asyncio.gather(*(client.send("auth", token=token) for client in clients))
        deadline = time.monotonic() + 5.0
        while sum(client.closed is None for client in clients) > 1:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        await watcher.shows(2)
        left = [client for client in clients if client.closed is None]
        assert len(left) == 1
        assert len(left[0].of_type("auth:ack")) == 1
        for client in clients:
            if client.closed is not None:
                assert client.of_type("error") == [ALREADY]
            await client.close()


async def test_a_second_window_is_told_once_and_stays_out(server: ChatServer, http: Http) -> None:
    """It comes back every 3 s, as existing clients do; the first one never notices."""
    token = await http.token("alice")
    async with G2.logged_in(server.url, token) as first, G1.open(server.url) as watcher:
        await watcher.shows(2)
        for _ in range(3):
            second = await G2.connect(server.url)
            await second.send("auth", token=token)
            assert (await second.gone())[0] == 4003
            assert second.of_type("error") == [ALREADY]
        assert first.closed is None
        await first.say("still here")
        await first.until(lambda each: each.texts == ["still here"])
        await watcher.shows(2)
        assert {frame["count"] for frame in watcher.of_type("userCount")[-2:]} <= {2, 3}


async def test_windows_under_allow_all_receive_everything(local: Place) -> None:
    """Several windows of one account stay, and so do several logins."""
    async with started(local, hub={"same_account": "allow"}) as server:
        http = Http(server.url)
        token = await http.token("alice")
        other = (await http.login("alice"))["token"]
        async with (
            G2.logged_in(server.url, token) as one,
            G2.logged_in(server.url, token) as two,
            G2.logged_in(server.url, other) as three,
        ):
            await one.say("to all")
            for client in (one, two, three):
                await client.until(lambda each: each.texts == ["to all"])
                await client.shows(3)


async def test_a_login_under_replace_ends_the_older_one(local: Place) -> None:
    """Its connection is told why, and its token is worth nothing."""
    async with started(local, hub={"same_account": "replace"}) as server:
        http = Http(server.url)
        token = await http.token("alice")
        async with G2.logged_in(server.url, token) as older:
            newer = await http.login("alice")
            assert newer["success"]
            assert (await older.gone())[0] == 4004
            assert older.of_type("error")[-1]["code"] == "SESSION_REPLACED"
        assert (await http.get("/api/auth/verify", token=token)).status == 401
        async with G2.logged_in(server.url, newer["token"]) as client:
            await client.shows(1)


async def test_logging_out_frees_the_account_at_once(server: ChatServer, http: Http) -> None:
    """Its connections are closed, everybody is told, and the token is worth nothing."""
    token = await http.token("alice")
    async with G2.logged_in(server.url, token) as alice, G1.open(server.url) as watcher:
        await watcher.shows(2)
        answer = await http.post("/api/auth/logout", token=token)
        assert answer.both == (200, {"success": True, "message": "Logged out successfully"})
        await alice.gone()
        await watcher.shows(1)
    async with G2.open(server.url) as client:
        await client.send("auth", token=token)
        assert (await client.next("error"))["message"] == "Token invalide"
    assert (await http.login("alice"))["success"]


async def test_a_frozen_client_is_given_up_and_its_account_is_free(local: Place) -> None:
    """With a short ping; nothing but silence tells of it."""
    async with started(local, hub={"ping": 0.5, "timeout": 0.5}) as server:
        http = Http(server.url)
        token = await http.token("alice")
        async with G1.open(server.url) as watcher:
            frozen = await G2.connect(server.url)
            await frozen.authenticate(token)
            await watcher.shows(2)
            frozen.freeze()
            await watcher.shows(1, patience=5.0)
            assert (await http.login("alice"))["success"]
            frozen.kill()


async def test_the_same_user_is_back_at_once_after_a_silent_drop(
    server: ChatServer, http: Http
) -> None:
    """The older connection does not answer the ping, so the newer one takes over."""
    token = await http.token("alice")
    ghost = await G2.connect(server.url)
    await ghost.authenticate(token)
    ghost.freeze()
    began = time.monotonic()
    async with G2.logged_in(server.url, token) as alice:
        assert time.monotonic() - began < 2.5
        await alice.shows(1)
    ghost.kill()


async def test_a_login_that_never_connects_is_free_after_one_lease(local: Place) -> None:
    """Nobody is locked out by a page that was closed before it opened its socket."""
    async with started(local, lease=3.0, hub={"renew": 1.0, "fence": 2.5}) as server:
        http = Http(server.url)
        await http.token("alice")
        assert not (await http.login("alice"))["success"]
        await asyncio.sleep(3.2)
        assert (await http.login("alice"))["success"]


async def test_a_held_account_stays_held(local: Place) -> None:
    """Its lease is renewed for as long as the connection lives."""
    async with started(local, lease=3.0, hub={"renew": 1.0, "fence": 2.5}) as server:
        http = Http(server.url)
        token = await http.token("alice")
        async with G2.logged_in(server.url, token) as alice:
            await asyncio.sleep(4.0)
            assert not (await http.login("alice"))["success"]
            assert alice.closed is None


async def test_a_new_password_ends_the_other_logins(local: Place) -> None:
    """At once, on this node; the one that changed it goes on."""
    async with started(local, hub={"same_account": "allow"}) as server:
        http = Http(server.url)
        token = await http.token("alice")
        other = (await http.login("alice"))["token"]
        async with (
            G2.logged_in(server.url, token) as alice,
            G2.logged_in(server.url, other) as stranger,
        ):
            wrong = {"old": "not it", "new": "battery staple"}
            assert (await http.post("/api/auth/password", wrong, token=token)).status == 403
            right = {"old": "correct horse", "new": "battery staple"}
            assert (await http.post("/api/auth/password", right, token=token)).status == 200
            await stranger.gone()
            assert alice.closed is None
        assert not (await http.login("alice"))["success"]
        assert (await http.login("alice", "battery staple"))["success"]
