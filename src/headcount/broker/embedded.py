"""The embedded broker: `nats-server` as a child that is watched, restarted and never left behind.

::

    async with EmbeddedBroker(port=0) as broker:
        print(broker.url)  # mqtt://127.0.0.1:41883
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from headcount.broker import config, ports
from headcount.broker.binary import find_nats_server
from headcount.broker.child import Child
from headcount.broker.deaths import DEATH_WINDOW, MAX_DEATHS, Deaths
from headcount.broker.probe import ACCEPTED, connack
from headcount.broker.store import Store
from headcount.errors import BrokerStartError, PortInUseError

START_TIMEOUT: Final = 30.0
"""Seconds a server may take to answer; a large store is read first."""

_PROBE_EVERY = 0.005
_PROBE_TIMEOUT = 2.0
_PORT_TRIES = 5


class EmbeddedBroker:
    """An MQTT broker of this process's own.

    Arguments:
        host: the address to listen on; `0.0.0.0` opens it to the network.
        port: the port to listen on; 0 takes a free one.
        data: the directory that keeps retained messages and logs, made if it is missing;
            None uses a temporary one, removed at the end.
        password: what clients must give, with the user name `headcount`; None lets all in.
        binary: the `nats-server` to run; None looks for one, see `find_nats_server`.

    Raises:
        BadInputError: the password cannot be used.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 1883,
        data: Path | None = None,
        password: str | None = None,
        binary: str | Path | None = None,
    ) -> None:
        self.host = host
        self.port = port
        """The port listened on; once started, never 0."""
        self.restarts = 0
        """How many times the server died and came back."""
        self._any_port = port == 0
        self._binary = binary
        self._access = config.Access(secrets.token_urlsafe(24), password)
        self._store = Store(data)
        self._child: Child | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The address on this machine, without the password: fit to be shown."""
        return f"mqtt://{_in_url(ports.reachable(self.host))}:{self.port}"

    @property
    def login_url(self) -> str:
        """The address on this machine with user and password, where there is one."""
        password = self._access.password
        if password is None:
            return self.url
        return self.url.replace("://", f"://{config.USER}:{quote(password, safe='')}@", 1)

    @property
    def pid(self) -> int | None:
        """The process id of the server, while it runs."""
        return self._child.pid if self._child is not None and self._child.running else None

    async def start(self) -> None:
        """Start the server and return once it answers an MQTT client.

        Raises:
            BadInputError: the port is not one.
            PortInUseError: another program has the port.
            BrokerStartError: the program is missing, does not run or ends at once, or the
                directory cannot be used; the message says what to do.
        """
        if self._watch is not None:
            raise BrokerStartError("this broker was started before: make another one")
        try:
            self._store.open()
            await self._launch_somewhere()
        except BaseException:
            await self._end()
            raise
        self._watch = asyncio.create_task(self._supervise(), name="headcount-broker")

    async def stop(self) -> None:
        """End the server; a temporary directory is removed. Doing it twice changes nothing."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        await self._end()

    async def wait(self) -> None:
        """Wait until the broker is stopped.

        Raises:
            BrokerStartError: it was given up, since it died too often in a short time.
        """
        if self._watch is not None:
            await asyncio.wait([self._watch])
            if not self._watch.cancelled():
                self._watch.result()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _launch_somewhere(self) -> None:
        """Launch on the port asked for; on a free one, again if another program was faster."""
        for left in reversed(range(_PORT_TRIES if self._any_port else 1)):
            if self._any_port:
                self.port = ports.free_port(self.host)
            try:
                await self._launch()
            except PortInUseError:
                if not left:
                    raise
            else:
                return

    async def _launch(self) -> None:
        """Run the server once; on return it answers, on an error nothing runs."""
        ports.require_free(self.host, self.port)
        store = self._store
        store.write(
            config.embedded(
                host=self.host,
                port=self.port,
                store=store.path,
                log=store.log,
                access=self._access,
            )
        )
        command = (os.fspath(find_nats_server(self._binary)), "-c", os.fspath(store.config))
        scratch = store.path if store.temporary else None
        self._child = await Child.launch(command, errors=store.errors, scratch=scratch)
        try:
            await self._until_ready(self._child)
        except BaseException:
            await self._child.end()
            raise

    async def _until_ready(self, child: Child) -> None:
        user = config.USER if self._access.password else None
        host = ports.reachable(self.host)
        deadline = asyncio.get_running_loop().time() + START_TIMEOUT
        while child.running and asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(OSError, EOFError):
                code = await connack(
                    host,
                    self.port,
                    user=user,
                    password=self._access.password,
                    timeout=_PROBE_TIMEOUT,
                )
                if code == ACCEPTED:
                    return
            await asyncio.sleep(_PROBE_EVERY)
        if self._store.says_port_in_use():
            raise ports.in_use(self.port)
        what = "gives no answer" if child.running else "ended at once"
        raise BrokerStartError(
            f"the embedded broker {what}; check the program with `nats-server --version`, "
            f"and that the disk has room. Its last words:\n{self._store.last_words()}"
        )

    async def _supervise(self) -> None:
        """Bring the server back on the same port whenever it dies, but not for ever."""
        deaths = Deaths()
        cause = ""
        while True:
            assert self._child is not None
            await self._child.wait()
            pause = deaths.record(asyncio.get_running_loop().time())
            if pause is None:
                break
            await asyncio.sleep(pause)
            try:
                await self._launch()
            except BrokerStartError as error:
                cause = str(error)
            else:
                self.restarts += 1
                cause = ""
        raise BrokerStartError(
            f"the embedded broker died {MAX_DEATHS} times within {DEATH_WINDOW:.0f} s and is "
            "given up: start again, or use another broker (--broker URL). "
            + (cause or f"Its last words:\n{self._store.last_words()}")
        )

    async def _end(self) -> None:
        if self._child is not None:
            await self._child.end()
        self._store.close()


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
