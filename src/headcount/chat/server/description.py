"""The HTTP side as an OpenAPI document: what each endpoint takes, and what it may answer.

It describes what there is; a test holds it to the routes, and another to the answers.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from starlette.requests import Request

from headcount._version import __version__
from headcount.chat.server.answers import Json

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
BEARER: list[Schema] = [{"token": []}]
FAILURES = {
    "400": "it cannot be used as it is",
    "401": "no token, or one that counts no longer",
    "403": "this account may not",
    "404": "there is no such thing",
    "405": "not this method",
    "409": "it does not fit what there is now",
    "413": "too large",
    "429": "too often; Retry-After says when again",
    "503": "the database or the broker cannot be used now",
}


def object_of(required: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    """Return the schema of an object."""
    schema: Schema = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


def list_of(items: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


DONE = object_of(("success",), success=FLAG)
USER = object_of(
    ("id", "username", "createdAt"), id=NUMBER, username=TEXT, role=TEXT, createdAt=MOMENT
)
CREDENTIALS = object_of(("username", "password"), username=TEXT, password=TEXT)
MESSAGE = object_of(
    ("id", "pseudo", "message", "created_at"),
    id=NUMBER,
    user_id={"type": ["integer", "null"]},
    pseudo=TEXT,
    message=TEXT,
    conversation_id={"type": "null"},
    created_at=MOMENT,
    replyTo=NUMBER,
    replyToPseudo=TEXT,
    replyToText=TEXT,
)
SESSION = object_of(("session_id", "count"), session_id=TEXT, count=NUMBER)

EVENT = object_of(
    ("number", "at", "event", "id", "name", "count"),
    number=NUMBER,
    at=MOMENT,
    event={"type": "string", "enum": ["joined", "left", "away", "back", "role"]},
    id=TEXT,
    name=TEXT,
    role={"type": ["string", "null"]},
    count=NUMBER,
)
ROSTER = object_of(
    ("success", "id", "uid", "since", "first", "last", "events"),
    success=FLAG,
    id=TEXT,
    uid=TEXT,
    since=MOMENT,
    ended={"type": ["string", "null"]},
    first=NUMBER,
    last=NUMBER,
    events=list_of(EVENT),
)

WISH = object_of(
    ("name",),
    name=TEXT,
    min={"type": ["integer", "null"], "minimum": 1},
    max={"type": ["integer", "null"], "minimum": 2},
    roles=list_of(TEXT),
    seed={"type": ["integer", "null"], "minimum": 0},
    id={"type": ["string", "null"]},
)


def query(name: str, schema: Schema, about: str) -> Schema:
    """Return a parameter of the query."""
    return {"name": name, "in": "query", "schema": schema, "description": about}


def path(name: str, schema: Schema) -> Schema:
    """Return a parameter of the path."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


ROOM = query("room", TEXT, "a session's id; without it the lobby")
PAGE = [
    query("limit", NUMBER, "how many at most; 50 by default, 200 at most"),
    query("before", NUMBER, "only older ones than this number"),
    query("after", NUMBER, "only newer ones than this number"),
    ROOM,
]


def operation(
    about: str,
    answer: Schema,
    *failures: str,
    body: Schema | None = None,
    parameters: list[Schema] | None = None,
    token: bool = False,
    media: str = "application/json",
) -> Schema:
    """Return the description of one method of one path.

    Args:
        about: what it does.
        answer: the schema of what it answers with 200.
        failures: the statuses of refusals, besides those that all share.
        body: the schema of what it takes.
        parameters: those of the query and the path.
        token: whether it wants a token.
        media: the type of its answer.
    """
    refused = {"400", "405", "413", "503", *failures, *(("401",) if token else ())}
    described: Schema = {
        "summary": about,
        "parameters": parameters or [],
        "responses": {
            "200": {"description": "done", "content": {media: {"schema": answer}}},
            **{status: {"description": FAILURES[status]} for status in sorted(refused)},
        },
    }
    if body is not None:
        described["requestBody"] = {"content": {"application/json": {"schema": body}}}
    if token:
        described["security"] = BEARER
    return described


LOGGED_IN = object_of(("success",), success=FLAG, token=TEXT, user=USER, code=TEXT, message=TEXT)
VERIFIED = object_of(
    ("valid",), valid=FLAG, userId=NUMBER, username=TEXT, role=TEXT, expiresAt=MOMENT
)
VERIFY = operation("Whose token is this?", VERIFIED, token=True)
PATHS: dict[str, dict[str, Schema]] = {
    "/api/auth/login": {
        "post": operation("Log in.", LOGGED_IN, "401", "429", body=CREDENTIALS),
    },
    "/api/auth/register": {
        "post": operation("Make an account.", LOGGED_IN, "409", "429", body=CREDENTIALS),
    },
    "/api/auth/logout": {"post": operation("Free the account at once.", DONE)},
    "/api/auth/verify": {"get": VERIFY, "post": VERIFY},
    "/api/auth/password": {
        "post": operation(
            "Change one's password; all other logins end.",
            DONE,
            "403",
            "429",
            body=object_of(("old", "new"), old=TEXT, new=TEXT),
            token=True,
        ),
    },
    "/api/messages": {
        "get": operation(
            "What was said in a room, newest first.",
            object_of(("success", "messages", "total"), messages=list_of(MESSAGE), total=NUMBER),
            "401",
            "404",
            parameters=PAGE,
        ),
        "post": operation(
            "Say something.",
            object_of(("success", "message"), success=FLAG, message=object_of()),
            "404",
            "429",
            body=object_of(
                ("text", "pseudo"), text=TEXT, pseudo=TEXT, replyTo=NUMBER, room=TEXT, ref=TEXT
            ),
            token=True,
        ),
        "delete": operation(
            "Clear a room; for admins.", DONE, "403", "404", parameters=[ROOM], token=True
        ),
    },
    "/api/messages/{number}": {
        "delete": operation(
            "Delete a message; for admins.",
            DONE,
            "403",
            "404",
            parameters=[path("number", NUMBER), ROOM],
            token=True,
        ),
    },
    "/api/sessions": {
        "get": operation(
            "The live sessions of the broker, oldest first.",
            object_of(("success", "sessions"), ready=FLAG, sessions=list_of(SESSION)),
            "401",
        ),
        "post": operation(
            "Create a session that this server hosts, and in which it takes a seat; for admins.",
            object_of(("success", "id"), success=FLAG, id=TEXT),
            "403",
            "409",
            body=WISH,
            token=True,
        ),
    },
    "/api/sessions/{id}": {
        "get": operation(
            "One live session.",
            object_of(("success", "session"), session=SESSION),
            "401",
            "404",
            parameters=[path("id", TEXT)],
        ),
    },
    "/api/sessions/{id}/roster": {
        "get": operation(
            "Who came to a session and who left, also for 30 min after its end.",
            ROSTER,
            "401",
            "404",
            parameters=[path("id", TEXT), query("after", NUMBER, "only newer events than this")],
        ),
    },
    "/api/sessions/{id}/{action}": {
        "post": operation(
            "Start, close or kick in a session that is hosted here; for admins.",
            DONE,
            "403",
            "404",
            "409",
            parameters=[
                path("id", TEXT),
                path("action", {"type": "string", "enum": ["start", "close", "kick"]}),
            ],
            body=object_of(client=TEXT, seconds={"type": "number", "minimum": 0}),
            token=True,
        ),
    },
    "/api/health": {"get": operation("Can database and broker be used?", object_of(("status",)))},
    "/api/settings": {
        "get": operation(
            "What a page has to know before anybody has logged in: are guests admitted?",
            object_of(("success", "guests"), success=FLAG, guests=FLAG),
        ),
    },
    "/api/metrics": {"get": operation("Counters; for admins.", object_of(), "403", token=True)},
    "/api/monitoring/users": {
        "get": operation("Who is connected; for admins.", object_of(), "403", token=True),
    },
    "/api/monitoring/stats": {
        "get": operation(
            "The server in a few numbers; for admins.", object_of(), "403", token=True
        ),
    },
    "/api/openapi.json": {"get": operation("This description.", object_of(("openapi",)))},
    "/metrics": {
        "get": operation("Metrics for Prometheus.", TEXT, "401", "403", media="text/plain"),
    },
}


@cache
def document() -> Schema:
    """Return the whole description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Headcount", "version": __version__},
        "paths": PATHS,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


async def read(request: Request) -> Json:
    """`GET /api/openapi.json`: the description."""
    return Json(document())
