"""A browser of one's own that can be put to sleep, which Playwright keeps awake.

It is told what to do over the DevTools protocol, and runs in a process group of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from tests.web.windows import PATIENCE

ADDRESS = re.compile(rb"ws://\S+")


class Tab:
    """The one tab of a browser."""

    def __init__(self, process: asyncio.subprocess.Process, socket: ClientConnection) -> None:
        self._process = process
        self._socket = socket
        self._numbers = itertools.count(1)
        self._session = ""

    async def attach(self) -> None:
        """Take the tab that is open."""
        targets = (await self.send("Target.getTargets"))["targetInfos"]
        target = next(each["targetId"] for each in targets if each["type"] == "page")
        answer = await self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = answer["sessionId"]

    async def send(self, method: str, **params: Any) -> Any:
        """Send a command; return its answer, empty where the page was just being changed."""
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": params}
        await self._socket.send(json.dumps(command | self._address))
        async with asyncio.timeout(PATIENCE / 1000):
            while True:
                answer = json.loads(await self._socket.recv())
                if answer.get("id") == number:
                    return answer.get("result", {})

    @property
    def _address(self) -> dict[str, str]:
        return {"sessionId": self._session} if self._session else {}

    async def evaluate(self, script: str) -> Any:
        """Run a script; return what it gives."""
        answer = await self.send("Runtime.evaluate", expression=script, awaitPromise=True)
        return answer.get("result", {}).get("value")

    async def until(self, script: str) -> None:
        """Wait until a script gives something true."""
        async with asyncio.timeout(PATIENCE / 1000):
            while not await self.evaluate(script):
                await asyncio.sleep(0.05)

    async def enter(self, url: str, name: str) -> None:
        """Go to the page and be in as a guest."""
        await self.send("Page.navigate", url=url)
        await self.until(f"location.origin === {json.dumps(url)} && !!document.querySelector('h1')")
        guest = json.dumps(json.dumps({"name": name}))
        await self.evaluate(
            f"sessionStorage.setItem('headcount.guest', {guest}); location.reload()"
        )
        await self.is_in()

    async def is_in(self) -> None:
        """Wait until one is in and connected."""
        await self.until("!!document.querySelector('.top[data-link=up]')")

    async def shows(self, *texts: str) -> None:
        """Wait until the room shows exactly these messages."""
        found = "JSON.stringify([...document.querySelectorAll('.text')].map((e) => e.textContent))"
        wanted = json.dumps(json.dumps(texts, separators=(",", ":")))
        await self.until(f"{found} === {wanted}")

    async def lifecycle(self, state: str) -> None:
        """Freeze it as browsers do with tabs nobody looks at, or wake it: `frozen`, `active`."""
        await self.send("Page.setWebLifecycleState", state=state)

    def stop(self) -> None:
        """Stop the whole browser in its tracks, like a lid that is closed."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def cont(self) -> None:
        """Let it go on."""
        os.killpg(self._process.pid, signal.SIGCONT)


@contextlib.asynccontextmanager
async def tab(program: str, profile: Path) -> AsyncIterator[Tab]:
    """Run a browser with one tab."""
    options = ["--headless", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run"]
    process = await asyncio.create_subprocess_exec(
        program,
        *options,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE / 1000):
            while not (found := ADDRESS.search(await process.stderr.readline())):
                assert not process.stderr.at_eof(), "the browser ended at once"
        rest = asyncio.create_task(process.stderr.read())
        address = found[0].decode()
        async with websockets.connect(address, proxy=None, max_size=None) as socket:
            opened = Tab(process, socket)
            await opened.attach()
            yield opened
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        with contextlib.suppress(UnboundLocalError):
            await rest
