"""The HTTP side: which path goes where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headcount.chat.server import authentication, description, messages, operators, sessions
from headcount.chat.server.answers import Json, Refusal, not_found, refused
from headcount.chat.server.headers import SecurityHeaders
from headcount.chat.server.hosts import KnownHosts
from headcount.chat.server.origins import ANY
from headcount.chat.server.pages import Pages
from headcount.chat.server.place import Place
from headcount.chat.store import BusyError, StoreError
from headcount.errors import BadInputError

Endpoint = Callable[[Request], Awaitable[Response]]

PATIENCE: Final = 15.0
"""Seconds after which a request is answered, though the database does not answer."""

ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/api/auth/login", authentication.login),
    ("POST", "/api/auth/register", authentication.register),
    ("POST", "/api/auth/logout", authentication.logout),
    ("GET POST", "/api/auth/verify", authentication.verify),
    ("POST", "/api/auth/password", authentication.change_password),
    ("GET", "/api/messages", messages.read),
    ("POST", "/api/messages", messages.write),
    ("DELETE", "/api/messages", messages.clear),
    ("DELETE", "/api/messages/{number}", messages.delete),
    ("GET", "/api/sessions", sessions.list_all),
    ("POST", "/api/sessions", sessions.create),
    ("GET", "/api/sessions/{id}", sessions.read),
    ("GET", "/api/sessions/{id}/roster", sessions.roster),
    ("POST", "/api/sessions/{id}/{action}", sessions.act),
    ("GET", "/api/health", operators.health),
    ("GET", "/api/settings", operators.settings),
    ("GET", "/api/metrics", operators.counters),
    ("GET", "/api/monitoring/users", operators.users),
    ("GET", "/api/monitoring/stats", operators.stats),
    ("GET", "/api/openapi.json", description.read),
    ("GET", "/metrics", operators.metrics),
)
"""All endpoints: methods, path, and what answers."""


def build(place: Place) -> Starlette:
    """Return the application.

    Args:
        place: the server that it is the HTTP side of.
    """
    settings = place.settings
    app = Starlette(
        routes=_routes(),
        middleware=[
            Middleware(SecurityHeaders, tls=settings.tls_cert is not None),
            Middleware(KnownHosts, hosts=settings.hosts),
            *_cross_origin(place),
        ],
        exception_handlers={
            Refusal: _refused,
            BusyError: _busy,
            StoreError: _unavailable,
            BadInputError: _bad,
            HTTPException: _other,
        },
    )
    app.state.place = place
    app.router.default = Pages()
    return app


def _routes() -> list[Route]:
    by_path: dict[str, dict[str, Endpoint]] = {}
    for methods, path, endpoint in ROUTES:
        by_path.setdefault(path, {}).update(dict.fromkeys(methods.split(), endpoint))
    return [
        Route(path, _by_method(endpoints), methods=list(endpoints))
        for path, endpoints in by_path.items()
    ]


def _by_method(endpoints: dict[str, Endpoint]) -> Endpoint:
    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        try:
            async with asyncio.timeout(PATIENCE):
                return await endpoints[method](request)
        except TimeoutError as error:
            raise Refusal(503, code="UNAVAILABLE", headers={"Retry-After": "1"}) from error
        except asyncio.CancelledError as error:  # the server ends, and has waited long enough
            raise Refusal(503, code="STOPPING", headers={"Retry-After": "3"}) from error

    return answer


def _cross_origin(place: Place) -> list[Middleware]:
    """Return what lets pages of other servers in: nothing, unless an operator names them."""
    origins = place.settings.origins
    if not origins.allowed:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=[ANY] if origins.any else sorted(origins.allowed),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Accept-Language"],
            expose_headers=["Retry-After"],
            max_age=600,
        )
    ]


async def _refused(request: Request, error: Exception) -> Json:
    assert isinstance(error, Refusal)
    return refused(request, error)


async def _busy(request: Request, error: Exception) -> Json:
    return refused(request, Refusal(503, code="BUSY", headers={"Retry-After": "1"}))


async def _unavailable(request: Request, error: Exception) -> Json:
    return refused(request, Refusal(503, code="UNAVAILABLE", headers={"Retry-After": "1"}))


async def _bad(request: Request, error: Exception) -> Json:
    return refused(request, Refusal(400, code="BAD_JSON"))


async def _other(request: Request, error: Exception) -> Json:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return not_found(request)
    body = {"message": error.detail, "error": error.detail, "statusCode": error.status_code}
    return Json(body, error.status_code, error.headers)
