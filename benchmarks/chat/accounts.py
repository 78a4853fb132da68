"""Accounts over HTTP: made, logged in, and other requests timed meanwhile."""

from __future__ import annotations

import json
import threading
import time
from http.client import HTTPConnection
from typing import Any, Self

NAME, PASSWORD = "bench", "correct horse"
PATIENCE = 60.0


class Client:
    """One kept connection to a server.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> dict[str, Any]:
        """Return the answer to a request."""
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer: dict[str, Any] = json.loads(self._connection.getresponse().read())
        return answer

    def register(self, name: str = NAME) -> None:
        """Make an account, which does not log in."""
        made = self.ask("POST", "/api/auth/register", {"username": name, "password": PASSWORD})
        if not made.get("success"):
            raise RuntimeError(f"no account was made: {made}")
        self.ask("POST", "/api/auth/logout", token=str(made["token"]))

    def login(self, name: str = NAME) -> str | None:
        """Return a token, or None: the account is in use elsewhere."""
        given = self.ask("POST", "/api/auth/login", {"username": name, "password": PASSWORD})
        return str(given["token"]) if given.get("success") else None

    def logout(self, token: str) -> None:
        """Free the account."""
        self.ask("POST", "/api/auth/logout", token=token)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


class Probe:
    """Asks for the latest messages again and again, until the end; how long each took."""

    EVERY = 0.005

    def __init__(self, port: int) -> None:
        self.taken: list[float] = []
        self._client = Client(port)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._over.wait(self.EVERY):
            began = time.monotonic()
            self._client.ask("GET", "/api/messages?limit=50")
            self.taken.append(time.monotonic() - began)
