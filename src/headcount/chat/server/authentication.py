"""Logging in and out: `/api/auth/…`, as existing clients know it (wire facts, section 2)."""

from __future__ import annotations

import logging
from typing import Any

from msgspec import Struct
from starlette.requests import Request

from headcount.chat.hub.inputs import LoggedOut, Registered
from headcount.chat.server import texts
from headcount.chat.server.answers import Json, Refusal
from headcount.chat.server.asking import address_of, body_of, login_of, token_of
from headcount.chat.server.place import place_of
from headcount.chat.server.times import iso
from headcount.chat.store import (
    Account,
    AlreadyLoggedInError,
    BadNameError,
    BadPasswordError,
    NameTakenError,
    NoSuchAccountError,
    ThrottledError,
    WrongPasswordError,
)
from headcount.chat.store.throttle import network

_logger = logging.getLogger("headcount.chat")


class Credentials(Struct):
    """The body of a login and of a registration."""

    username: Any = None
    password: Any = None

    def checked(self) -> tuple[str, str]:
        """Return name and password.

        Raises:
            Refusal: 400, one of them is missing.
        """
        name, password = self.username, self.password
        if not (isinstance(name, str) and isinstance(password, str) and name.strip() and password):
            raise Refusal(400, {"error": texts.CREDENTIALS_REQUIRED})
        return name, password


def user(account: Account) -> dict[str, Any]:
    """Return an account as clients read it."""
    created = iso(account.created_at)
    return {"id": account.id, "username": account.name, "createdAt": created}


async def login(request: Request) -> Json:
    """`POST /api/auth/login`: take the account, if the password is right and nobody has it."""
    name, password = (await body_of(request, Credentials)).checked()
    place = place_of(request)
    how, address = place.settings.hub.same_account, address_of(request)
    try:
        with place.logging_in.take(network(address)) as admitted:
            if not admitted:  # one address may not have all places in the queue
                raise Refusal(503, code="BUSY", headers={"Retry-After": "1"})
            account = await place.store.accounts.verify(name, password, address=address)
            issued = await place.store.logins.take(account.id, how)
    except ThrottledError as error:
        _tell(request, "login slowed down")
        raise too_often(error) from error
    except (WrongPasswordError, NoSuchAccountError) as error:
        _tell(request, "login failed")
        body = {"success": False, "message": texts.WRONG_CREDENTIALS}
        raise Refusal(401, body) from error
    except AlreadyLoggedInError:
        _tell(request, "login refused: in use elsewhere", account.id)
        message = texts.ALREADY_LOGGED_IN
        return Json({"success": False, "code": "ALREADY_LOGGED_IN", "message": message})
    for key in issued.ended:
        place.runner.handle(LoggedOut(key, replaced=True))
    _tell(request, "logged in", account.id)
    who = {**user(account), "role": account.role}
    return Json({"success": True, "token": issued.token, "user": who})


async def register(request: Request) -> Json:
    """`POST /api/auth/register`: make an account, without taking it (no lease)."""
    name, password = (await body_of(request, Credentials)).checked()
    store = place_of(request).store
    if not place_of(request).registering.take(network(address_of(request))):
        raise Refusal(429, code="TOO_MANY_FAILURES", headers={"Retry-After": "10"})
    try:
        account = await store.accounts.register(name, password)
        issued = await store.logins.issue(account.id)
    except BadNameError as error:
        if error.reason == "length":
            raise Refusal(400, {"error": texts.NAME_LENGTH}) from error
        raise Refusal(400, code="BAD_NAME") from error
    except BadPasswordError as error:
        raise bad_password(error) from error
    except NameTakenError as error:
        raise Refusal(409, {"success": False, "message": texts.NAME_TAKEN}) from error
    _tell(request, "registered", account.id)
    place_of(request).runner.handle(Registered(account.name))
    return Json({"success": True, "token": issued.token, "user": user(account)})


async def logout(request: Request) -> Json:
    """`POST /api/auth/logout`: free the account at once, and close its connections."""
    token = token_of(request)
    place = place_of(request)
    if token is not None:
        ended = await place.store.logins.revoke(token)
        if ended is not None:
            _tell(request, "logged out", ended.account.id)
            place.runner.handle(LoggedOut(ended.key))
    return Json({"success": True, "message": texts.LOGGED_OUT})


async def verify(request: Request) -> Json:
    """`GET` or `POST /api/auth/verify`: tell whose a token is."""
    found = await login_of(request)
    account = found.account
    return Json(
        {
            "valid": True,
            "userId": account.id,
            "username": account.name,
            "role": account.role,
            "expiresAt": iso(found.expires_at),
        }
    )


class Passwords(Struct):
    """The body of a change of password."""

    old: Any = None
    new: Any = None


async def change_password(request: Request) -> Json:
    """`POST /api/auth/password` (an addition): all other logins of the account end."""
    found = await login_of(request)
    wanted = await body_of(request, Passwords)
    if not (isinstance(wanted.old, str) and isinstance(wanted.new, str)):
        raise Refusal(400, code="PASSWORDS_REQUIRED")
    place = place_of(request)
    try:
        await place.store.accounts.change_password(
            found.account.id,
            wanted.old,
            wanted.new,
            address=address_of(request),
            keep=found.key,
        )
    except BadPasswordError as error:
        raise bad_password(error) from error
    except ThrottledError as error:
        raise too_often(error) from error
    except WrongPasswordError as error:
        body = {"success": False, "message": texts.WRONG_CREDENTIALS}
        raise Refusal(403, body) from error
    _tell(request, "password changed", found.account.id)
    for key in place.runner.logins_of(found.account.id) - {found.key}:
        place.runner.handle(LoggedOut(key))
    return Json({"success": True})


def bad_password(error: BadPasswordError) -> Refusal:
    """Return the refusal of a password nobody may have."""
    if error.reason == "short":
        return Refusal(400, {"error": texts.PASSWORD_LENGTH})
    return Refusal(400, code="BAD_PASSWORD")


def too_often(error: ThrottledError) -> Refusal:
    """Return the refusal of who has failed too often."""
    seconds = str(max(1, round(error.wait + 0.5)))
    return Refusal(429, code="TOO_MANY_FAILURES", headers={"Retry-After": seconds})


def _tell(request: Request, what: str, account: int | None = None) -> None:
    """Write to the log what became of an account, and from where; never a name that was typed."""
    _logger.info(what, extra={"account": account, "address": address_of(request)})
