"""The description of the HTTP side: it is whole, and what it makes possible breaks nothing."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case

from headcount.chat.server.app import ROUTES
from headcount.chat.server.description import PATHS, document
from headcount.chat.server.server import ChatServer
from tests.chat.http import SECRET, Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place

EXAMPLES = 10
"""Cases of each endpoint, of each kind."""
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
ENDS_THE_LOGIN = {"/api/auth/logout", "/api/auth/password"}


def test_every_endpoint_is_described() -> None:
    """And none that there is not."""
    routes = {
        (method.lower(), re.sub(r":\w+}", "}", path))
        for methods, path, _ in ROUTES
        for method in methods.split()
    }
    assert routes == {(method, path) for path, methods in PATHS.items() for method in methods}


async def test_it_can_be_read(http: Http) -> None:
    """By anybody: it tells no secret."""
    answer = await http.get("/api/openapi.json")
    assert answer.both == (200, document())


async def admin_of(server: ChatServer) -> str:
    """Return the token of an admin."""
    http = Http(server.url)
    await server.place.store.accounts.register("root_user", SECRET, role="admin", operator=True)
    answer = await http.post("/api/auth/login", {"username": "root_user", "password": SECRET})
    return str(answer.body["token"])


async def test_whatever_is_asked_is_answered_as_described(local: Place) -> None:
    """No case ends in a failure, nor in a status or a form that is not described."""
    async with started(local, hub={"guests": True}) as server:
        token = await admin_of(server)
        for headers in ({}, {"Authorization": f"Bearer {token}"}):
            assert await asyncio.to_thread(attack, server.url, headers) > 200
        assert (await Http(server.url).get("/api/messages")).status == 200


def attack(url: str, headers: dict[str, str]) -> int:
    """Ask every endpoint for what its description allows, and for what it does not.

    Returns:
        How many requests that were.
    """
    asked = 0
    for mode in MODES:
        for result in schemathesis.openapi.from_dict(document()).get_all_operations():
            operation = result.ok()
            if headers and operation.path in ENDS_THE_LOGIN:
                continue
            cases = operation.as_strategy(generation_mode=mode)

            @seed(20261121)
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=cases)
            def ask(case: Case) -> None:
                nonlocal asked
                asked += 1
                check(case, url, headers)

            # There is no wrong way to ask for something that takes nothing, or any text.
            with contextlib.suppress(*([Unsatisfiable] if mode is MODES[1] else [])):
                ask()
    return asked


def check(case: Case, url: str, headers: dict[str, Any]) -> None:
    """Ask for one thing, and hold the answer to the description."""
    response = case.call(base_url=url, headers=headers)
    told = f"{case.method} {case.path} {response.status_code} {response.text[:200]}"
    described = document()["paths"][case.operation.path][case.method.lower()]["responses"]
    assert str(response.status_code) in {*described, "404"}, told
    if response.status_code == 200:
        case.operation.validate_response(response)
