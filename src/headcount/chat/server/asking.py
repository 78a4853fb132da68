"""Reading a request: its body, its token, its numbers, and whom it comes from."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from headcount.chat.server import texts
from headcount.chat.server.answers import Refusal
from headcount.chat.server.place import Place, place_of
from headcount.chat.store import AlreadyLoggedInError, InvalidTokenError, Login

_LARGEST: Final = 2**53 - 1
_BEARER: Final = "bearer "

T = TypeVar("T")


def address_of(request: Request) -> str:
    """Return the address of the client, as far as it can be known."""
    peer = request.client.host if request.client is not None else ""
    forwarded = request.headers.getlist("X-Forwarded-For")
    return place_of(request).settings.proxies.client(peer, forwarded)


async def body_of(request: Request, kind: type[T]) -> T:
    """Return what the body of a request says; what it does not say has its default.

    Raises:
        Refusal: 413, it is too large; 400, it is no JSON object of this kind, or not all came.
    """
    limit = place_of(request).settings.longest_body
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > limit:
                raise Refusal(413, code="TOO_LARGE", headers={"Connection": "close"})
    except ClientDisconnect as error:  # nobody reads the answer, and nothing is to be logged
        raise Refusal(400, code="BAD_JSON") from error
    try:
        return msgspec.json.decode(bytes(body) or b"{}", type=kind)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Refusal(400, code="BAD_JSON") from error


def number_of(request: Request, name: str, default: int | None = None) -> int | None:
    """Return a number of the query.

    Raises:
        Refusal: 400, it is no whole number, or a negative one.
    """
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Refusal(400, code="BAD_LIMIT")
    return min(int(text), _LARGEST)


def token_of(request: Request) -> str | None:
    """Return the token that a request shows, or None."""
    header = request.headers.get("Authorization", "").strip()
    if header.lower().startswith(_BEARER):
        return header[len(_BEARER) :].strip() or None
    return None


async def login_of(request: Request) -> Login:
    """Return the login that a request's token stands for.

    Raises:
        Refusal: 401, there is no token, or it stands for none.
        StoreUnavailableError: the database cannot be used now.
    """
    token = token_of(request)
    if token is None:
        raise Refusal(401, {"error": texts.TOKEN_MISSING}, headers={"WWW-Authenticate": "Bearer"})
    try:
        return await place_of(request).store.logins.verify(token)
    except (InvalidTokenError, AlreadyLoggedInError) as error:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Refusal(401, {"error": texts.TOKEN_INVALID}, headers=challenge) from error


async def admin_of(request: Request) -> Login:
    """Return the login of an admin.

    Raises:
        Refusal: 401, as in `login_of`; 403, it is not an admin's.
        StoreUnavailableError: the database cannot be used now.
    """
    login = await login_of(request)
    if login.account.role != "admin":
        raise Refusal(403, code="FORBIDDEN")
    return login


async def reader_of(request: Request) -> Login | None:
    """Return the login of somebody who may read what is said; None for a guest, if allowed.

    Raises:
        Refusal, StoreUnavailableError: as in `login_of`, where guests are not allowed.
    """
    place: Place = place_of(request)
    return None if place.settings.hub.guests else await login_of(request)


def room_of(request: Request, named: Any = None) -> str:
    """Return the room that a request is about, the lobby where it names none.

    Raises:
        Refusal: 404, there is no such room.
    """
    room = named or request.query_params.get("room") or "lobby"
    if not isinstance(room, str) or room not in place_of(request).runner.names:
        raise Refusal(404, code="ROOM_UNKNOWN")
    return room
