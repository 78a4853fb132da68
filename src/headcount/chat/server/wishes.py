"""What an admin may want of a session that this server is to host, and what is wrong with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct
from starlette.requests import Request

from headcount import arguments
from headcount.chat.hub.model import LOBBY
from headcount.chat.server.answers import Refusal
from headcount.chat.server.languages import language_of
from headcount.core.state import MAX_MEMBERS
from headcount.errors import BadInputError
from headcount.options import CreateOptions

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "SESSION_NAME": (
        "Donnez à la session un nom de 1 à 64 caractères imprimables",
        "Give the session a name of 1 to 64 printable characters",
    ),
    "SESSION_SEATS": (
        f"Indiquez de 2 à {MAX_MEMBERS} places au plus, celle du serveur comprise, "
        "et un minimum de 1 au moins qui ne les dépasse pas",
        f"Give 2 to {MAX_MEMBERS} seats at most, the server's own among them, "
        "and a least number from 1 up to that",
    ),
    "SESSION_ROLES": (
        f"Indiquez {arguments.MAX_ROLES} rôles au plus, tous différents, "
        "de 1 à 64 caractères imprimables chacun",
        f"Give at most {arguments.MAX_ROLES} roles, none twice, "
        "of 1 to 64 printable characters each",
    ),
    "SESSION_SEED": (
        f"Une graine est un nombre entier de 0 à {arguments.MAX_SEED}",
        f"A seed is a whole number from 0 to {arguments.MAX_SEED}",
    ),
    "SESSION_ID": (
        "Un identifiant compte de 1 à 64 signes parmi A-Z a-z 0-9 _ - ; « lobby » est réservé",
        "An id is 1 to 64 of A-Z a-z 0-9 _ -; 'lobby' is reserved",
    ),
    "SESSION_EXISTS": (
        "Une session porte déjà cet identifiant ; choisissez-en un autre",
        "There is a session with this id already; choose another",
    ),
    "SESSIONS_FULL": (
        "Ce serveur héberge déjà autant de sessions qu'il peut ; fermez-en une d'abord",
        "This server hosts as many sessions as it may; close one of them first",
    ),
}


class Wish(Struct):
    """A session as it is asked for; what is None has its default."""

    name: Any = None
    min: Any = None
    max: Any = None
    roles: Any = None
    seed: Any = None
    id: Any = None


def checked(request: Request, wish: Wish) -> tuple[str, CreateOptions]:
    """Return the name of a session and how it is to be created.

    Raises:
        Refusal: 400, something cannot be used; the answer says what, and what can be.
    """
    options: CreateOptions = {}
    with _about(request, "SESSION_NAME"):
        name = arguments.name(wish.name, "session name")
    with _about(request, "SESSION_SEATS"):
        low, high = arguments.seats((1 if wish.min is None else wish.min, wish.max))
        if high is not None and high < 2:
            raise BadInputError("the server's own seat leaves none")
        options["seats"] = (low, high)
    with _about(request, "SESSION_ROLES"):
        options["roles"] = arguments.roles([] if wish.roles is None else wish.roles)
    if wish.seed is not None:
        with _about(request, "SESSION_SEED"):
            options["seed"] = arguments.seed(wish.seed)
    if wish.id is not None:
        with _about(request, "SESSION_ID"):
            options["id"] = arguments.identifier(wish.id, "session id")
            if wish.id == LOBBY:
                raise BadInputError("this is a room already")
    return name, options


def refusal(request: Request, status: int, code: str) -> Refusal:
    """Return what is answered, in the client's language; `code` is one of the above."""
    french, english = _TEXTS[code]
    said = english if language_of(request.headers.get("Accept-Language")) == "en" else french
    return Refusal(status, {"success": False, "code": code, "error": said, "message": said})


@contextlib.contextmanager
def _about(request: Request, code: str) -> Iterator[None]:
    try:
        yield
    except BadInputError as error:
        raise refusal(request, 400, code) from error
