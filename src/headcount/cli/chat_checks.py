"""The checks of `headcount doctor` that are about a chat's server: each does the real thing."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from headcount.broker.lan import is_loopback
from headcount.cli.checks import Check
from headcount.errors import BadInputError

PATIENCE: Final = 5.0
"""Seconds that an answer may take."""
STRANGER: Final = "https://stranger.invalid"
_PRIVATE: Final = (("POST", "/api/messages"), ("GET", "/api/monitoring/users"))


class ChatDoctor:
    """Looks at one chat's server.

    Args:
        url: the page's address, `http://` or `https://`.

    Raises:
        BadInputError: it is no such address.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInputError(f"{url!r} is no address of a page: give http://HOST:PORT")
        self._url = f"{parts.scheme}://{parts.netloc}"
        self._socket = f"{self._url.replace('http', 'ws', 1)}/ws"
        self._host = parts.hostname
        self._is_another_program = False

    async def checks(self) -> AsyncIterator[Check]:
        """Do all checks in turn, but none that would ask another program, or nobody."""
        page = await self._page()
        yield page
        if not page.ok:
            return
        yield await self._health()
        if self._is_another_program:
            return
        yield await self._rights()
        for check in (self._sockets, self._origin):
            try:
                yield await check()
            except (OSError, WebSocketException, TimeoutError) as error:
                advice = "let WebSockets through to /ws, in a proxy too (Upgrade, Connection)"
                yield Check("websocket", False, f"{self._socket}: {error}", advice)
                break
        yield self._encryption()

    async def _page(self) -> Check:
        began = time.perf_counter()
        try:
            status, body = await self._ask("GET", "/")
        except (URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            advice = "start it (headcount serve), or correct --page"
            if isinstance(reason, ssl.SSLCertVerificationError):
                reason = f"its certificate is not trusted: {reason.verify_message}"
                advice = "use the name in the certificate; one of your own: SSL_CERT_FILE=ca.pem"
            return Check("page", False, f"{self._url} does not answer: {reason}", advice)
        took = (time.perf_counter() - began) * 1000
        ok = status == 200 and b"<" in body
        return Check("page", ok, f"{self._url} answers with {status} ({took:.0f} ms)")

    async def _health(self) -> Check:
        status, body = await self._ask("GET", "/api/health")
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        if not isinstance(said, dict) or "status" not in said:
            self._is_another_program = True
            advice = "is this a server of this program? A proxy has to pass /api on"
            return Check("health", False, f"/api/health is not understood ({status})", advice)
        failing = [name for name in ("database", "broker") if not said.get(name, True)]
        detail = f"{said['status']}" + (f": no {' and no '.join(failing)}" if failing else "")
        return Check("health", status == 200, detail, "look at its log" if failing else "")

    async def _rights(self) -> Check:
        opened = []
        for method, path in _PRIVATE:
            status, _ = await self._ask(method, path)
            if status != 401:
                opened.append(f"{method} {path} ({status})")
        if opened:
            advice = "something before the server adds a token to requests: correct it"
            return Check("rights", False, f"without a login: {', '.join(opened)}", advice)
        return Check("rights", True, "without a login nothing private is shown or written")

    async def _sockets(self) -> Check:
        """Come twice and go once: the number has to follow."""
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(connect(self._socket, open_timeout=PATIENCE))
            before = await _told(first, lambda count: True)
            began = time.perf_counter()
            second = await connect(self._socket, open_timeout=PATIENCE)
            seen = await _told(first, lambda count: count > before)
            await second.close()
            after = await _told(first, lambda count: count < seen)
            took = (time.perf_counter() - began) * 1000
            pong = await first.ping()
            latency = await asyncio.wait_for(pong, PATIENCE)
        detail = f"a count of {before} became {seen} and {after} again within {took:.0f} ms"
        return Check("websocket", True, f"{detail}; round trip {latency * 1000:.1f} ms")

    async def _origin(self) -> Check:
        try:
            async with connect(self._socket, origin=STRANGER, open_timeout=PATIENCE):  # type: ignore[arg-type]
                pass
        except InvalidStatus:
            return Check("origin", True, "a page of another server is refused")
        advice = "name the pages that may use it: --origin https://app.example.org"
        return Check("origin", False, "any page may use it in its visitors' name", advice)

    def _encryption(self) -> Check:
        if self._url.startswith("https:"):
            return Check("encryption", True, "TLS")
        if is_loopback(self._host):
            return Check("encryption", True, "none needed: it is this machine")
        advice = "fit for a closed network only; else --tls-cert and --tls-key, or a proxy"
        return Check("encryption", True, "none: passwords can be read on the way", advice)

    async def _ask(self, method: str, path: str) -> tuple[int, bytes]:
        def ask() -> tuple[int, bytes]:
            request = Request(self._url + path, method=method)
            try:
                with urlopen(request, timeout=PATIENCE) as answer:
                    return answer.status, answer.read(1 << 20)
            except HTTPError as error:
                with error:
                    return error.code, error.read(1 << 16)

        return await asyncio.to_thread(ask)


async def _told(socket: ClientConnection, wanted: Callable[[int], bool]) -> int:
    """Return the next number that one is told, and that is wanted."""
    async with asyncio.timeout(PATIENCE):
        while True:
            frame: Any = json.loads(await socket.recv())
            if frame.get("type") == "userCount" and wanted(int(frame["count"])):
                return int(frame["count"])
