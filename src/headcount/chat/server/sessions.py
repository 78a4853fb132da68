"""The broker's sessions for the page, and what an admin may do with those hosted here."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from starlette.requests import Request

from headcount.chat.server.answers import Json, Refusal
from headcount.chat.server.asking import admin_of, body_of, number_of, reader_of
from headcount.chat.server.hosting import FullError
from headcount.chat.server.place import place_of
from headcount.chat.server.times import iso
from headcount.chat.server.wishes import Wish, checked
from headcount.errors import BadInputError, HeadcountError, RequestRefusedError
from headcount.session import Session

_logger = logging.getLogger("headcount.chat")


class Action(Struct):
    """What an action needs beside its name."""

    client: Any = None
    seconds: Any = 0


async def list_all(request: Request) -> Json:
    """`GET /api/sessions`: all live sessions, oldest first."""
    await reader_of(request)
    rooms = place_of(request).rooms
    sessions = [rooms.shown(live) for live in rooms.sessions]
    ready = rooms.is_ready and rooms.is_listed
    return Json({"success": True, "ready": ready, "sessions": sessions})


async def read(request: Request) -> Json:
    """`GET /api/sessions/{id}`: one session."""
    await reader_of(request)
    rooms = place_of(request).rooms
    live = rooms.get(request.path_params["id"])
    if live is None:
        raise Refusal(404, code="ROOM_UNKNOWN")
    return Json({"success": True, "session": rooms.shown(live)})


async def roster(request: Request) -> Json:
    """`GET /api/sessions/{id}/roster`: who came and who left, of an ended one for 30 min too.

    With `after` only the events that came after that number. `first` is the number of the
    oldest event that is kept.
    """
    await reader_of(request)
    after = number_of(request, "after", 0)
    found = place_of(request).rooms.rosters.get(request.path_params["id"], datetime.now(UTC))
    if found is None:
        raise Refusal(404, code="ROOM_UNKNOWN")
    return Json(
        {
            "success": True,
            "id": found.id,
            "uid": found.uid,
            "since": iso(found.since),
            "ended": None if found.ended is None else iso(found.ended),
            "first": found.first,
            "last": found.last,
            "events": [event.shown for event in found.events(after or 0)],
        }
    )


async def create(request: Request) -> Json:
    """`POST /api/sessions`: create a session that this server hosts, for admins."""
    admin = await admin_of(request)
    name, options = checked(await body_of(request, Wish))
    try:
        session = await place_of(request).rooms.hosting.create(name, options)
    except FullError as error:
        raise Refusal(409, code="SESSIONS_FULL") from error
    except RequestRefusedError as error:
        if error.code != "EXISTS":
            raise Refusal(409, code="REFUSED") from error
        raise Refusal(409, code="SESSION_EXISTS") from error
    except BadInputError as error:  # all else was checked: it is hosted here already
        raise Refusal(409, code="SESSION_EXISTS") from error
    except HeadcountError as error:
        raise Refusal(503, code="UNAVAILABLE") from error
    _logger.info("session created", extra={"account": admin.account.id, "session": session.id})
    return Json({"success": True, "id": session.id})


async def act(request: Request) -> Json:
    """`POST /api/sessions/{id}/{action}`: `start`, `close` or `kick`, for admins."""
    admin = await admin_of(request)
    id = request.path_params["id"]
    body = await body_of(request, Action)
    if place_of(request).rooms.get(id) is None:
        raise Refusal(404, code="ROOM_UNKNOWN")
    session = next((each for each in _hosted(request) if each.id == id), None)
    if session is None:
        raise Refusal(409, code="NOT_HOSTED")
    try:
        await _actions(session, body)[request.path_params["action"]]()
    except KeyError as error:
        raise Refusal(404, code="BAD_SESSION") from error
    except BadInputError as error:
        raise Refusal(400, code="BAD_SESSION") from error
    except RequestRefusedError as error:
        raise Refusal(409, code="REFUSED") from error
    except HeadcountError as error:
        raise Refusal(503, code="UNAVAILABLE") from error
    said = {"account": admin.account.id, "session": id, "action": request.path_params["action"]}
    _logger.info("session led", extra=said)
    return Json({"success": True})


def _hosted(request: Request) -> list[Session]:
    """Return the sessions whose host is this process."""
    broker = place_of(request).rooms.broker
    entered = [] if broker is None else broker.entered
    return [each for each in entered if each.state.host_client_id == each.client_id]


def _actions(session: Session, body: Action) -> dict[str, Callable[[], Awaitable[Any]]]:
    seconds = body.seconds if isinstance(body.seconds, int | float) else 0

    async def kick() -> None:
        if not isinstance(body.client, str):
            raise BadInputError("kick whom?")
        await session.kick(body.client)

    return {"start": lambda: session.start(seconds), "close": session.close, "kick": kick}
