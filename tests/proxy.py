"""A TCP proxy whose network can be spoilt: it goes silent, or cuts its connections.

::

    with Proxy(engine.port) as proxy:
        connect(proxy.url)
        proxy.silence()   # like a cable that was pulled: nobody learns of it
        proxy.heal()
        proxy.reset()     # like a router that was restarted: all connections break at once
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from types import TracebackType
from typing import Self

from tests.engines import HOST

CHUNK = 65536
ABRUPT = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing sends RST, no FIN."""


class Proxy:
    """A proxy before one port of the loopback, on a thread of its own.

    Args:
        target: the port behind it.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._open.set()
        self._pairs: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The address clients connect to."""
        return f"mqtt://{HOST}:{self.port}"

    def silence(self) -> None:
        """Let nothing through either way, new connections and the ends of old ones included."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def heal(self) -> None:
        """Let everything through again, also what was sent meanwhile, as TCP does."""
        self._loop.call_soon_threadsafe(self._open.set)

    def reset(self) -> None:
        """Break all connections; new ones are served."""
        self._loop.call_soon_threadsafe(self._reset)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        pairs = list(self._pairs)
        for pair in pairs:
            pair.cancel()
        await asyncio.gather(*pairs, return_exceptions=True)

    def _reset(self) -> None:
        for writer in self._writers:
            end = writer.get_extra_info("socket")
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPT)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect one client with the target until one of them hangs up."""
        pair = asyncio.current_task()
        assert pair is not None
        self._pairs.add(pair)
        ends = [writer]
        self._writers.add(writer)
        try:
            await self._open.wait()
            behind, beyond = await asyncio.open_connection(HOST, self._target)
            ends.append(beyond)
            self._writers.add(beyond)
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._pump(reader, beyond))
                pumps.create_task(self._pump(behind, writer))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            for end in ends:
                end.transport.abort()
            self._writers.difference_update(ends)
            self._pairs.discard(pair)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes; hang up when it ends, but not while the network is silent."""
        while True:
            await self._open.wait()
            chunk = await reader.read(CHUNK)
            await self._open.wait()
            if not chunk:
                raise ConnectionResetError("hung up")
            writer.write(chunk)
            await writer.drain()
