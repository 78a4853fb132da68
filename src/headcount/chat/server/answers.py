"""Answers over HTTP, and refusals as one exception that says status, code and text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headcount.chat.server import texts
from headcount.chat.server.languages import language_of

_ENCODER = msgspec.json.Encoder()


class Refusal(Exception):  # noqa: N818
    """A request that is not done.

    Args:
        status: the status of the answer.
        body: what the answer says, where existing clients know it.
        code: otherwise, one of the codes of `texts`, told in the client's language.
        headers: what else the answer has.
    """

    def __init__(
        self,
        status: int,
        body: Mapping[str, Any] | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code or body)
        self.status = status
        self.body = body
        self.code = code
        self.headers = headers


class Json(Response):
    """An answer in JSON, never kept by anybody in between."""

    media_type = "application/json"

    def __init__(
        self, content: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(content, status, {"Cache-Control": "no-store", **(headers or {})})

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return _ENCODER.encode(content)


def refused(request: Request, refusal: Refusal) -> Json:
    """Return the answer to a request that is not done."""
    if refusal.body is not None:
        return Json(refusal.body, refusal.status, refusal.headers)
    language = language_of(request.headers.get("Accept-Language"))
    said = texts.text(refusal.code or "UNAVAILABLE", language)
    body = {"success": False, "code": refusal.code, "error": said, "message": said}
    return Json(body, refusal.status, refusal.headers)


def not_found(request: Request) -> Json:
    """Return the answer for a path that there is not, as existing clients know it."""
    message = f"Route {request.method}:{request.url.path} not found"
    return Json({"message": message, "error": "Not Found", "statusCode": 404}, 404)
