"""Requests over HTTP, with nothing but the standard library."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

SECRET = "correct horse"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON in it."""
        return json.loads(self.raw)

    @property
    def both(self) -> tuple[int, Any]:
        """Status and body."""
        return self.status, self.body


class Http:
    """One server, asked from a thread for each request.

    Args:
        url: its address.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request; a body that is no bytes is sent as JSON."""
        return await asyncio.to_thread(self._ask, method, path, body, token, headers)

    async def get(self, path: str, **options: Any) -> Answer:
        """Send a GET."""
        return await self.ask("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """Send a POST."""
        return await self.ask("POST", path, body, **options)

    async def login(self, name: str, password: str = SECRET) -> Any:
        """Log in; return the body of the answer."""
        answer = await self.post("/api/auth/login", {"username": name, "password": password})
        return answer.body

    async def register(self, name: str, password: str = SECRET) -> str:
        """Make an account; return its token, which holds nothing."""
        body = {"username": name, "password": password}
        answer = await self.post("/api/auth/register", body)
        assert answer.status == 200, answer
        return str(answer.body["token"])

    async def token(self, name: str, password: str = SECRET) -> str:
        """Make an account and log in; return the token of the login."""
        await self.register(name, password)
        body = await self.login(name, password)
        assert body["success"], body
        return str(body["token"])

    def _ask(
        self,
        method: str,
        path: str,
        body: Any,
        token: str | None,
        headers: dict[str, str] | None,
    ) -> Answer:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            received = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, received, answer.read())
        finally:
            connection.close()
