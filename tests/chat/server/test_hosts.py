"""By which names a server on the loopback may be called."""

from __future__ import annotations

from typing import Any

import pytest
import websockets

from headcount.chat.server.origins import Origins
from headcount.chat.server.proxies import Proxies
from headcount.chat.server.settings import ServerSettings
from tests.chat.http import Http
from tests.chat.server.conftest import started
from tests.chat.store.places import Place

NAMED = ServerSettings(origins=Origins.parse(["https://Desk.example:8443", "null"])).hosts


@pytest.mark.parametrize(
    ("host", "known"),
    [
        (None, True),
        ("localhost", True),
        ("LOCALHOST:8080", True),
        ("localhost.", True),
        ("127.0.0.1:8080", True),
        ("127.1.2.3", True),
        ("[::1]:8080", True),
        ("desk.example", True),
        ("evil.example:8080", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("192.168.1.20:8080", False),
        ("evil.example@localhost.evil.example", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_those_of_this_machine_and_those_that_are_named(host: str | None, known: bool) -> None:
    """A name that leads here is not for that one of ours."""
    assert NAMED.know(host) is known


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "0.0.0.0"},
        {"host": "192.168.1.20"},
        {"proxies": Proxies.parse(["127.0.0.1"])},
        {"origins": Origins.parse(["*"])},
    ],
)
def test_every_name_where_others_are_let_in(settings: dict[str, Any]) -> None:
    """What they are is the operator's affair then."""
    assert ServerSettings(**settings).hosts.know("chat.example")


async def test_a_page_whose_name_was_turned_to_this_machine_reads_nothing(local: Place) -> None:
    """Neither over HTTP nor over a WebSocket, though its origin fits its name."""
    async with started(local) as server:
        evil = {"Host": f"evil.example:{server.port}"}
        answer = await Http(server.url).get("/api/messages", headers=evil)
        assert (answer.status, answer.body["code"]) == (421, "UNKNOWN_HOST")
        assert "127.0.0.1" in answer.body["error"]
        where = f"ws://evil.example:{server.port}/ws"
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(
                where,
                host="127.0.0.1",
                port=server.port,
                origin=f"http://evil.example:{server.port}",  # type: ignore[arg-type]
            )
        assert refused.value.response.status_code == 421
