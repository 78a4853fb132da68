"""What was said, over HTTP: `/api/messages` (wire facts, section 2)."""

from __future__ import annotations

import logging
from typing import Any

from msgspec import Struct, ValidationError, convert
from starlette.requests import Request

from headcount.chat.hub.inputs import MessageDeleted, RoomCleared, Stored
from headcount.chat.server import texts
from headcount.chat.server.answers import Json, Refusal
from headcount.chat.server.asking import (
    admin_of,
    body_of,
    login_of,
    number_of,
    reader_of,
    room_of,
)
from headcount.chat.server.desk import told
from headcount.chat.server.place import place_of
from headcount.chat.server.times import iso, iso_now
from headcount.chat.store import Draft, Message
from headcount.chat.wire.codec import Ref, number
from headcount.errors import BadInputError

_logger = logging.getLogger("headcount.chat")
PAGE = 50
LARGEST_PAGE = 200


class Written(Struct):
    """The body of a message; the name is the account's, whatever `pseudo` says."""

    text: Any = None
    pseudo: Any = None
    replyTo: Any = None  # noqa: N815
    room: Any = None
    ref: Any = None


async def read(request: Request) -> Json:
    """`GET /api/messages`: newest first; `before` and `after` (additions) are numbers."""
    await reader_of(request)
    room = room_of(request)
    limit = number_of(request, "limit", PAGE) or PAGE
    place = place_of(request)
    page = await place.store.history.read(
        place.runner.names.stored(room),
        limit=min(limit, LARGEST_PAGE),
        before=number_of(request, "before"),
        after=number_of(request, "after"),
    )
    return Json(
        {
            "success": True,
            "messages": [listed(message) for message in page.messages],
            "total": len(page.messages),
            "room": room,
            "last": page.last,
            "more": page.more,
            "complete": page.complete,
        }
    )


async def write(request: Request) -> Json:
    """`POST /api/messages`: store a message of one's account, then tell everybody."""
    found = await login_of(request)
    body = await body_of(request, Written)
    said, pseudo = _trimmed(body.text), _trimmed(body.pseudo)
    if not said or not pseudo:
        raise Refusal(400, {"error": texts.TEXT_REQUIRED})
    place = place_of(request)
    if len(said) > place.settings.hub.longest_message:
        raise Refusal(400, code="TOO_LONG")
    room = room_of(request, body.room)
    if not place.runner.is_open:
        raise Refusal(503, code="STOPPING")
    if not place.posting.take(found.account.id):
        raise Refusal(429, code="RATE_LIMITED", headers={"Retry-After": "1"})
    try:
        draft = Draft(
            place.runner.names.stored(room),
            found.account.name,
            said,
            user_id=found.account.id,
            reply_to=number(body.replyTo),
            ref=_ref(body.ref),
        )
    except BadInputError as error:
        raise Refusal(400, {"error": texts.TEXT_REQUIRED}) from error
    stored = await place.store.history.add(draft)
    message = told(stored.message)
    place.runner.handle(Stored(None, room, message))
    answer = {"id": message.number, "username": message.author}
    answer |= {"text": message.text, "created_at": message.at}
    return Json({"success": True, "message": answer})


async def delete(request: Request) -> Json:
    """`DELETE /api/messages/{number}` (an addition), for admins."""
    admin = await admin_of(request)
    room, id = room_of(request), number(request.path_params["number"])
    place = place_of(request)
    if id is None or not await place.store.history.delete(place.runner.names.stored(room), id):
        raise Refusal(404, code="NO_MESSAGE")
    said = {"account": admin.account.id, "room": room, "number": id}
    _logger.info("message deleted", extra=said)
    place.runner.handle(MessageDeleted(room, id))
    return Json({"success": True})


async def clear(request: Request) -> Json:
    """`DELETE /api/messages` (an addition), for admins: clear a room."""
    admin = await admin_of(request)
    room = room_of(request)
    place = place_of(request)
    last = await place.store.history.clear(place.runner.names.stored(room))
    _logger.info("room cleared", extra={"account": admin.account.id, "room": room})
    place.runner.handle(RoomCleared(room, last, admin.account.name, iso_now()))
    return Json({"success": True})


def listed(message: Message) -> dict[str, Any]:
    """Return a message of the history as clients read it."""
    shown: dict[str, Any] = {
        "id": message.id,
        "user_id": message.user_id,
        "pseudo": message.pseudo,
        "message": message.text,
        "conversation_id": None,
        "created_at": iso(message.created_at),
    }
    if message.reply is not None:
        shown["replyTo"] = message.reply.id
        shown["replyToPseudo"] = message.reply.pseudo
        shown["replyToText"] = message.reply.text
    return shown


def _trimmed(value: Any) -> str:
    return value.replace("\0", "").strip() if isinstance(value, str) else ""


def _ref(value: Any) -> str | None:
    """Return a mark as the store keeps it: the same as over a WebSocket."""
    try:
        ref: str | int | None = convert(value, Ref | None)
    except ValidationError as error:
        raise Refusal(400, code="BAD_REF") from error
    return None if ref is None else str(ref)
