"""Clients of both generations, written from the facts about them, on real WebSockets.

They do what existing clients do (wire facts, section 3): G2 sends its token on open and again
every 2 s until it is acknowledged; G1 chooses a name. Both read `userCount` and `message:new`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

import websockets
from websockets.asyncio.client import ClientConnection

PATIENCE = 8.0
"""Seconds after which what was awaited will not come any more."""
AGAIN = 2.0
"""Seconds after which a G2 client sends its token again."""

Frame = dict[str, Any]


class Client:
    """One window: a socket, and all that it has heard, in order."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.heard: list[Frame] = []
        self.closed: tuple[int, str] | None = None
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self._read_until = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, url: str, path: str = "/ws", **options: Any) -> AsyncIterator[Self]:
        """Open a window on the server at an `http://` address."""
        client = await cls.connect(url, path, **options)
        try:
            yield client
        finally:
            await client.close()

    @classmethod
    async def connect(cls, url: str, path: str = "/ws", **options: Any) -> Self:
        """Open a window that is closed by hand."""
        options.setdefault("compression", None)
        options.setdefault("ping_interval", None)
        address = url.replace("http", "ws", 1) + path
        return cls(await websockets.connect(address, proxy=None, **options))

    # --- what it says ------------------------------------------------------------------------

    async def send(self, type: str, **fields: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps({"type": type, **fields}))

    async def close(self) -> None:
        """Close the window as a page does; nothing else is said."""
        await self.socket.close()
        await self._reading

    def kill(self) -> None:
        """Die: the connection is reset, without a close frame."""
        self.socket.transport.abort()

    def freeze(self) -> None:
        """Read nothing and answer nothing any more, but stay connected."""
        self.socket.transport.pause_reading()

    # --- what it hears -----------------------------------------------------------------------

    @property
    def count(self) -> int | None:
        """The number it shows."""
        for frame in reversed(self.heard):
            if frame["type"] == "userCount" and "room" not in frame:
                return int(frame["count"])
            if frame["type"] == "connected":
                return int(frame["connectedUsers"])
        return None

    @property
    def users(self) -> list[str]:
        """The names it shows."""
        lists = [frame["users"] for frame in self.heard if frame["type"] == "userCount"]
        return lists[-1] if lists else []

    @property
    def messages(self) -> list[Frame]:
        """The messages it shows."""
        return [frame["data"] for frame in self.heard if frame["type"] == "message:new"]

    @property
    def texts(self) -> list[str]:
        """What they say."""
        return [message["text"] for message in self.messages]

    def of_type(self, type: str) -> list[Frame]:
        """Return all frames of a type that it has heard."""
        return [frame for frame in self.heard if frame["type"] == type]

    async def until(self, holds: Callable[[Self], Any], patience: float = PATIENCE) -> None:
        """Wait until something holds; fail with all that was heard where it does not."""
        try:
            async with asyncio.timeout(patience):
                while not holds(self):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            heard = "\n".join(str(frame)[:200] for frame in self.heard[-20:])
            raise AssertionError(f"never held; closed: {self.closed}; heard:\n{heard}") from None

    async def next(self, type: str, patience: float = PATIENCE) -> Frame:
        """Return the next frame of a type that was not taken yet; those before it are passed."""
        found: list[Frame] = []

        def there(_: Self) -> bool:
            for place in range(self._read_until, len(self.heard)):
                if self.heard[place]["type"] == type:
                    self._read_until = place + 1
                    found.append(self.heard[place])
                    return True
            return False

        await self.until(there, patience)
        return found[0]

    async def shows(self, count: int, patience: float = PATIENCE) -> None:
        """Wait until it shows a number."""
        await self.until(lambda each: each.count == count, patience)

    async def gone(self, patience: float = PATIENCE) -> tuple[int, str]:
        """Wait until the server has closed it; return code and reason."""
        await self.until(lambda each: each.closed is not None, patience)
        assert self.closed is not None
        return self.closed

    async def _read(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self.socket:
                self.heard.append(json.loads(text))
                self._news.set()
        self.closed = (self.socket.close_code or 1006, self.socket.close_reason or "")
        self._news.set()


class G2(Client):
    """A client with an account."""

    async def authenticate(self, token: str, patience: float = PATIENCE) -> None:
        """Send the token, again every 2 s, until it is acknowledged."""

        async def repeat() -> None:
            while True:
                await self.send("auth", token=token)
                await asyncio.sleep(AGAIN)

        repeating = asyncio.create_task(repeat())
        try:
            await self.until(lambda each: each.of_type("auth:ack"), patience)
        finally:
            repeating.cancel()
            await asyncio.wait({repeating})

    @classmethod
    @contextlib.asynccontextmanager
    async def logged_in(cls, url: str, token: str, **options: Any) -> AsyncIterator[Self]:
        """Open a window that has its account."""
        async with cls.open(url, **options) as client:
            await client.authenticate(token)
            yield client

    async def say(self, text: str, **fields: Any) -> None:
        """Send a message."""
        await self.send("message", text=text, **fields)


class G1(Client):
    """A client that chooses a name."""

    async def call_itself(self, pseudo: str) -> None:
        """Choose a name."""
        await self.send("setPseudo", pseudo=pseudo)

    async def say(self, text: str) -> None:
        """Send a message."""
        await self.send("message", data={"text": text})
