"""What operators look at: health, counters and connections (wire facts, section 2)."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from headcount.chat.server import audit, exposition
from headcount.chat.server.answers import Json
from headcount.chat.server.asking import admin_of
from headcount.chat.server.place import Place, place_of
from headcount.chat.server.proxies import is_loopback
from headcount.chat.server.times import iso_now
from headcount.clock import monotonic
from headcount.errors import HeadcountError

PATIENCE = 2.0
"""Seconds that the database may take to answer before it counts as gone."""


async def health(request: Request) -> Json:
    """`GET /api/health`: 200 when database and broker can be used, else 503."""
    place = place_of(request)
    database = await database_answers(place)
    broker = place.rooms.is_ready
    ready = database and broker and place.runner.is_open
    body = {
        "status": "ok" if ready else "unavailable",
        "timestamp": iso_now(),
        "uptime": round(place.uptime, 3),
        "database": database,
        "broker": broker,
        "stopping": not place.runner.is_open,
    }
    return Json(body, 200 if ready else 503)


async def settings(request: Request) -> Json:
    """`GET /api/settings`: what a page has to know before anybody has logged in."""
    return Json({"success": True, "guests": place_of(request).settings.hub.guests})


async def database_answers(place: Place) -> bool:
    """Tell whether the database can be used; asked at most once a second."""
    now = monotonic()
    if place.checked is not None and now - place.checked[0] < 1.0:
        return place.checked[1]
    try:
        async with asyncio.timeout(PATIENCE):
            await place.store.check()
        ok = True
    except (HeadcountError, TimeoutError):
        ok = False
    place.checked = (now, ok)
    return ok


async def metrics(request: Request) -> Response:
    """`GET /metrics`: for Prometheus."""
    place = place_of(request)
    if not _may_measure(request, place):
        await admin_of(request)
    difference = await audit.settled(place)
    text = exposition.text(place, difference)
    return Response(text, media_type=exposition.CONTENT_TYPE)


async def counters(request: Request) -> Json:
    """`GET /api/metrics`: the counters, for admins."""
    await admin_of(request)
    place = place_of(request)
    return Json(
        {
            "timestamp": iso_now(),
            "uptime": round(place.uptime, 3),
            "connections": place.runner.transports,
            "count": place.runner.hub.count,
            "messagesPerMinute": place.runner.figures.per_minute(monotonic()),
            "audit": audit.differences(place),
            "counters": dict(place.runner.figures.counts),
        }
    )


async def users(request: Request) -> Json:
    """`GET /api/monitoring/users`: who is connected from where, for admins."""
    await admin_of(request)
    known, anonymous = _connections(place_of(request))
    return Json(
        {
            "connectedUsers": known,
            "anonymousConnections": anonymous,
            "count": len(known),
            "anonymousCount": len(anonymous),
        }
    )


async def stats(request: Request) -> Json:
    """`GET /api/monitoring/stats`: the state of this server in a few numbers, for admins."""
    await admin_of(request)
    place = place_of(request)
    known, _ = _connections(place)
    counts = place.runner.figures.counts
    healthy = place.rooms.is_ready and await database_answers(place)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return Json(
        {
            "connectedUsers": len(known),
            "totalUsers": len(await place.store.accounts.list()),
            "messagesPerMinute": place.runner.figures.per_minute(monotonic()),
            "totalMessages": await place.store.history.count("lobby"),
            "totalEvents": sum(counts.values()),
            "systemHealth": {
                "status": "healthy" if healthy else "unhealthy",
                "uptime": round(place.uptime, 3),
                "memory": exposition.memory(),
                "cpu": {"usage": load},
            },
            "timestamp": iso_now(),
        }
    )


def _connections(place: Place) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    known: list[dict[str, Any]] = []
    anonymous: list[dict[str, Any]] = []
    for each in place.runner.present():
        shown = {
            "id": each.id,
            "username": each.name,
            "ip": each.address,
            "connectedAt": each.opened_at,
            "connectedDuration": round(each.seconds * 1000),
            "room": each.room,
        }
        (anonymous if each.account is None else known).append(shown)
    return known, anonymous


def _may_measure(request: Request, place: Place) -> bool:
    """Tell whether `/metrics` may be read without being an admin.

    What a proxy on this machine forwards comes from the loopback too: it does not count.
    """
    allowed = place.settings.metrics
    peer = request.client.host if request.client is not None else ""
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    return allowed == "open" or (allowed == "loopback" and is_loopback(peer) and not forwarded)
