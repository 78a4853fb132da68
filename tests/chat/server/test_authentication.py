"""`/api/auth/…`: the statuses and bodies that existing clients know, to the letter."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from headcount.chat.server.allowances import LOGINS
from headcount.chat.server.proxies import Proxies
from headcount.chat.server.server import ChatServer
from tests.chat.clients import G1, G2
from tests.chat.http import SECRET, Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
WRONG = (401, {"success": False, "message": "Identifiants incorrects"})
REQUIRED = (400, {"error": "Username and password required"})


def credentials(name: Any, password: Any = SECRET) -> dict[str, Any]:
    """Return the body of a login."""
    return {"username": name, "password": password}


async def test_a_login_says_who_one_is(place: Place) -> None:
    """Names match trimmed and in any case."""
    async with started(place) as server:
        http = Http(server.url)
        await http.register("Alice")
        answer = await http.post("/api/auth/login", credentials("  aLICE "))
        assert answer.status == 200
        body = answer.body
        assert list(body) == ["success", "token", "user"]
        assert (body["success"], body["user"]["username"]) == (True, "Alice")
        assert set(body["user"]) == {"id", "username", "role", "createdAt"}
        assert body["user"]["role"] == "user"
        assert ISO.fullmatch(body["user"]["createdAt"])
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body", [None, {}, {"username": "alice"}, {"password": "x"}, credentials(""), credentials(7)]
)
@pytest.mark.parametrize("path", ["login", "register"])
async def test_name_and_password_are_required(http: Http, path: str, body: Any) -> None:
    """Both, as texts."""
    assert (await http.post(f"/api/auth/{path}", body)).both == REQUIRED


async def test_what_is_wrong_with_a_login_is_not_told(http: Http) -> None:
    """Neither whether there is such an account, nor whether somebody is logged in to it."""
    await http.token("alice")
    wrong = await http.post("/api/auth/login", credentials("alice", "no it is not"))
    nobody = await http.post("/api/auth/login", credentials("nobody", "no it is not"))
    assert wrong.both == nobody.both == WRONG


async def test_no_name_is_compared_that_is_far_too_long(http: Http) -> None:
    """Marks in an order of their own take a second to be put in the usual one, on the loop."""
    long = "a" + "\u0301\u0323" * 5_000
    began = time.perf_counter()
    for _ in range(20):
        assert (await http.post("/api/auth/login", credentials(long))).both == WRONG
        assert (await http.post("/api/auth/register", credentials(long))).status == 400
    assert time.perf_counter() - began < 1.0


async def test_who_leaves_in_the_middle_is_no_fault_of_the_server(
    http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    """A body that does not come whole fills no log."""
    address = urlsplit(http.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
    await writer.drain()
    assert (await http.get("/api/health")).status == 200
    writer.transport.abort()
    assert (await http.get("/api/health")).status == 200
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []
    assert await reader.read() == b""


async def test_an_account_in_use_is_refused_with_200(http: Http) -> None:
    """As existing clients expect it."""
    await http.token("alice")
    answer = await http.post("/api/auth/login", credentials("alice"))
    message = "Compte déjà connecté sur un autre poste."
    assert answer.both == (
        200,
        {"success": False, "code": "ALREADY_LOGGED_IN", "message": message},
    )


@pytest.mark.parametrize(
    ("name", "password", "status", "body"),
    [
        ("ab", SECRET, 400, {"error": "Le nom doit contenir entre 3 et 20 caractères"}),
        ("abc", "x", 400, {"error": "Le mot de passe doit contenir au moins 6 caractères"}),
        ("bob", SECRET, 409, {"success": False, "message": "Ce nom est déjà utilisé"}),
        ("BoB", SECRET, 409, {"success": False, "message": "Ce nom est déjà utilisé"}),
        ("ｂｏｂ", SECRET, 409, {"success": False, "message": "Ce nom est déjà utilisé"}),
    ],
)
async def test_who_cannot_register_is_told_why(
    http: Http, name: str, password: str, status: int, body: Any
) -> None:
    """`BoB` cannot be registered beside `bob`."""
    await http.register("bob")
    answer = await http.post("/api/auth/register", credentials(name, password))
    assert answer.both == (status, body)


@pytest.mark.parametrize(("language", "said"), [("en-GB,fr;q=0.5", "This name"), (None, "Ce nom")])
async def test_new_texts_are_in_the_language_asked_for(
    http: Http, language: str | None, said: str
) -> None:
    """French and English; French where nothing is asked for."""
    headers = {} if language is None else {"Accept-Language": language}
    answer = await http.post("/api/auth/register", credentials("anon_1"), headers=headers)
    assert answer.status == 400
    assert answer.body["error"].startswith(said)


async def test_a_registration_takes_no_session(server: ChatServer, http: Http) -> None:
    """Its token works, and a login goes before it."""
    token = await http.register("alice")
    verified = await http.get("/api/auth/verify", token=token)
    assert verified.body["username"] == "alice"
    assert (await http.login("alice"))["success"]


async def test_a_token_is_verified(http: Http) -> None:
    """By GET and by POST, with the texts that existing clients know."""
    token = await http.token("alice")
    for method in ("GET", "POST"):
        answer = await http.ask(method, "/api/auth/verify", token=token)
        body = answer.body
        assert answer.status == 200
        assert list(body) == ["valid", "userId", "username", "role", "expiresAt"]
        assert ISO.fullmatch(body["expiresAt"])
        missing = await http.ask(method, "/api/auth/verify")
        assert missing.both == (401, {"error": "Token manquant"})
        bad = await http.ask(method, "/api/auth/verify", token="bad")
        assert bad.both == (401, {"error": "Token invalide ou expiré"})


async def test_logging_out_always_says_yes(http: Http) -> None:
    """With a token, without one, with a wrong one, and again."""
    token = await http.token("alice")
    done = (200, {"success": True, "message": "Logged out successfully"})
    for shown in (None, "bad", token, token):
        assert (await http.post("/api/auth/logout", token=shown)).both == done


async def test_failed_logins_are_slowed_down_and_nobody_is_locked_out(
    server: ChatServer, http: Http
) -> None:
    """Ten failures at once; forging a forwarding header changes nothing, and bob may log in."""
    await http.register("alice")
    await http.register("bob")
    statuses = []
    for number in range(12):
        forged = {"X-Forwarded-For": f"203.0.113.{number}"}
        body = credentials("alice", "guess")
        statuses.append((await http.post("/api/auth/login", body, headers=forged)).status)
    assert statuses[:10] == [401] * 10
    assert statuses[-1] == 429
    slowed = await http.post("/api/auth/login", credentials("alice"))
    assert slowed.status == 429
    assert int(slowed.headers["retry-after"]) > 0
    assert (await http.login("bob"))["success"]


async def test_a_trusted_proxy_says_for_whom_it_asks(local: Place) -> None:
    """Then failures from one address do not slow down another."""
    from headcount.chat.server.proxies import Proxies

    async with started(local, proxies=Proxies.parse(["127.0.0.1"])) as server:
        http = Http(server.url)
        await http.register("alice")
        for _ in range(12):
            near = {"X-Forwarded-For": "203.0.113.1"}
            await http.post("/api/auth/login", credentials("alice", "guess"), headers=near)
        assert (
            await http.post("/api/auth/login", credentials("alice"), headers=near)
        ).status == 429
        far = {"X-Forwarded-For": "203.0.113.2"}
        answer = await http.post("/api/auth/login", credentials("alice"), headers=far)
        assert answer.body["success"]


async def test_one_address_cannot_keep_all_others_from_logging_in(local: Place) -> None:
    """However many logins of it wait, right ones or wrong ones, there is room for others'."""
    async with started(local, proxies=Proxies.parse(["127.0.0.1"])) as server:
        http = Http(server.url)
        await http.register("alice")
        place = server.place

        async def flood(number: int) -> int:
            headers = {"X-Forwarded-For": "203.0.113.9"}
            body = credentials(f"nobody{number}")
            return (await http.post("/api/auth/login", body, headers=headers)).status

        with contextlib.ExitStack() as taken:
            for _ in range(LOGINS):
                assert taken.enter_context(place.logging_in.take("203.0.113.9"))
            assert await flood(1) == 503
            assert (await http.login("alice"))["success"]
        assert await flood(2) == 401


async def test_no_address_makes_accounts_without_end(http: Http) -> None:
    """A class may register at once; then it is one in ten seconds, whatever is forged."""
    statuses = []
    for number in range(102):
        forged = {"X-Forwarded-For": f"203.0.113.{number}"}
        body = credentials(f"player{number}", "short")
        answer = await http.post("/api/auth/register", body, headers=forged)
        statuses.append(answer.status)
    assert statuses == [400] * 100 + [429] * 2


async def test_a_guest_cannot_take_the_name_of_an_account(server: ChatServer, http: Http) -> None:
    """Nor one that looks like it; and an account that logs in takes it from nobody."""
    token = await http.token("alice")
    async with G1.open(server.url) as guest, G2.logged_in(server.url, token):
        for name in ("alice", "ALICE", "аlice"):
            await guest.call_itself(name)
            assert (await guest.next("error"))["code"] in ("NAME_TAKEN", "BAD_NAME")


async def test_a_guest_loses_a_name_as_soon_as_somebody_registers_it(
    server: ChatServer, http: Http
) -> None:
    """Not only when that account comes: until then it would be taken for it."""
    async with G1.open(server.url) as guest:
        await guest.call_itself("Bob")
        await guest.next("success")
        await http.register("bob")
        assert (await guest.next("error"))["code"] == "NAME_LOST"
