"""What an admin may want of a session that this server is to host, and what is wrong with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from headcount import arguments
from headcount.chat.hub.model import LOBBY
from headcount.chat.server.answers import Refusal
from headcount.errors import BadInputError
from headcount.options import CreateOptions


class Wish(Struct):
    """A session as it is asked for; what is None has its default."""

    name: Any = None
    min: Any = None
    max: Any = None
    roles: Any = None
    seed: Any = None
    id: Any = None


def checked(wish: Wish) -> tuple[str, CreateOptions]:
    """Return the name of a session and how it is to be created.

    Raises:
        Refusal: 400, something cannot be used; the answer says what, and what can be.
    """
    options: CreateOptions = {}
    with _about("SESSION_NAME"):
        name = arguments.name(wish.name, "session name")
    with _about("SESSION_SEATS"):
        low, high = arguments.seats((1 if wish.min is None else wish.min, wish.max))
        if high is not None and high < 2:
            raise BadInputError("the server's own seat leaves none")
        options["seats"] = (low, high)
    with _about("SESSION_ROLES"):
        options["roles"] = arguments.roles([] if wish.roles is None else wish.roles)
    if wish.seed is not None:
        with _about("SESSION_SEED"):
            options["seed"] = arguments.seed(wish.seed)
    if wish.id is not None:
        with _about("SESSION_ID"):
            options["id"] = arguments.identifier(wish.id, "session id")
            if wish.id == LOBBY:
                raise BadInputError("this is a room already")
    return name, options


@contextlib.contextmanager
def _about(code: str) -> Iterator[None]:
    try:
        yield
    except BadInputError as error:
        raise Refusal(400, code=code) from error
