"""What an admin may want of a session that the server is to host."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.requests import Request

from headcount.chat.server.answers import Refusal, refused
from headcount.chat.server.wishes import Wish, checked


def said(refusal: Refusal, language: str = "en") -> Any:
    """Return the body of what somebody who speaks a language is answered."""
    headers = [(b"accept-language", language.encode())]
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers})
    return json.loads(refused(request, refusal).body)


def test_a_name_is_enough() -> None:
    """All else has its default."""
    assert checked(Wish(name="Sea")) == ("Sea", {"seats": (1, None), "roles": ()})


def test_what_is_wanted_is_passed_on() -> None:
    """As `Broker.create` takes it."""
    wish = Wish(name="Sea", min=2, max=4, roles=["Mayor"], seed=7, id="sea")
    options = {"seats": (2, 4), "roles": ("Mayor",), "seed": 7, "id": "sea"}
    assert checked(wish) == ("Sea", options)


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("SESSION_NAME", {"name": ""}),
        ("SESSION_NAME", {"name": None}),
        ("SESSION_NAME", {"name": 3}),
        ("SESSION_SEATS", {"min": 0}),
        ("SESSION_SEATS", {"min": 3, "max": 2}),
        ("SESSION_SEATS", {"max": 1}),
        ("SESSION_SEATS", {"max": 251}),
        ("SESSION_SEATS", {"max": "4"}),
        ("SESSION_SEATS", {"min": True}),
        ("SESSION_ROLES", {"roles": "Mayor"}),
        ("SESSION_ROLES", {"roles": ["Mayor", "Mayor"]}),
        ("SESSION_ROLES", {"roles": [None]}),
        ("SESSION_SEED", {"seed": -1}),
        ("SESSION_SEED", {"seed": 1.5}),
        ("SESSION_ID", {"id": "a b"}),
        ("SESSION_ID", {"id": "lobby"}),
    ],
)
def test_what_cannot_be_is_refused(code: str, wrong: dict[str, Any]) -> None:
    """With a code, and a sentence that says what can be."""
    with pytest.raises(Refusal) as raised:
        checked(Wish(**({"name": "Sea"} | wrong)))
    assert raised.value.status == 400
    assert said(raised.value)["code"] == code


def test_refusals_are_said_in_the_clients_language() -> None:
    """French or English."""
    french, english = (said(Refusal(409, code="SESSION_EXISTS"), each) for each in ("fr", "en"))
    assert "choisissez" in french["message"]
    assert "choose" in english["message"]
