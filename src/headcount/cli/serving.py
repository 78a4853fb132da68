"""Running the embedded broker and the chat's server, and saying how others reach them."""

from __future__ import annotations

import asyncio
import shlex
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from headcount.broker.embedded import EmbeddedBroker
from headcount.broker.lan import is_any, is_loopback, lan_address, lan_addresses
from headcount.cli.exits import Exit, FileTakenError, complain
from headcount.cli.observing import ShowMetrics
from headcount.cli.options import Shown
from headcount.cli.output import Output
from headcount.cli.running import Stop
from headcount.connection import Broker, connect, mqtt_connector
from headcount.errors import BrokerStartError
from headcount.links.addresses import parse_address

if TYPE_CHECKING:
    from headcount.chat.server.settings import ServerSettings

_LOOK_EVERY = 1.0
_SECRET = ("--password", "--database")


class Wanted:
    """What was asked for."""

    def __init__(
        self,
        host: str,
        port: int,
        data: Path | None,
        password: str | None,
        chat: ServerSettings | None,
        brokers: Sequence[str] = (),
    ) -> None:
        self.host = host
        self.port = port
        self.data = data
        self.password = password
        self.chat = chat
        self.brokers = brokers
        """The addresses of a broker that runs already; none is started then."""


async def serve_until_stopped(
    stop: Stop, shown: Shown, show: ShowMetrics | None, wanted: Wanted
) -> Exit:
    """Run the broker, and what is wanted beside it, until the process is to end.

    Args:
        stop: asked for the end.
        shown: how to tell the address.
        show: takes what the metrics are read from; None where nobody asked for them.
        wanted: what to run.

    Raises:
        PortInUseError: another program has the port.
        BrokerStartError: the broker does not start, or cannot be kept alive.
        NoBrokerError: the broker that runs already does not answer.
    """
    async with AsyncExitStack() as stack:
        sock = _http_socket(wanted.chat)  # first: who cannot have it has not begun yet
        if sock is not None:
            stack.callback(sock.close)
        try:
            broker = None if wanted.brokers else await _started(stack, stop, wanted)
            output = stack.enter_context(Output(json=shown.json, broken=stop.ask_from_thread))
            urls = wanted.brokers if broker is None else [broker.login_url]
            page = await stop.unless(_beside(stack, urls, wanted, sock, show))
            if broker is None:
                _announce_page(output, wanted, page)
                await stop.unless(asyncio.Event().wait())
            else:
                _announce(output, broker, wanted, page)
                await stop.unless(_watch(broker))
        except BrokerStartError as error:
            raise _taken(error) from error
    return Exit.ASKED


async def _started(stack: AsyncExitStack, stop: Stop, wanted: Wanted) -> EmbeddedBroker:
    broker = EmbeddedBroker(
        host=wanted.host, port=wanted.port, data=wanted.data, password=wanted.password
    )
    stack.push_async_callback(broker.stop)
    await stop.unless(broker.start())
    return broker


def _http_socket(chat: ServerSettings | None) -> socket.socket | None:
    if chat is None:
        return None
    from headcount.chat.server.listening import bound

    return bound(chat.host, chat.port)


async def _beside(
    stack: AsyncExitStack,
    urls: Sequence[str],
    wanted: Wanted,
    sock: socket.socket | None,
    show: ShowMetrics | None,
) -> str | None:
    """Start what is wanted beside the broker; return the page's address, if there is one."""
    if wanted.chat is None and show is None:
        return None
    connector = mqtt_connector(urls)
    observer = await stack.enter_async_context(connect(connector=connector))
    if show is not None:
        show(observer)
    if wanted.chat is None:
        listing = asyncio.create_task(_keep_list(observer))
        stack.push_async_callback(_end, listing)
        return None
    from headcount.chat.server.server import serving
    from headcount.sge.finding.lookout import Lookout

    settings = wanted.chat
    if settings.data is None and settings.database is None:
        directory = stack.enter_context(TemporaryDirectory(prefix="headcount-chat-"))
        settings = replace(settings, data=Path(directory))
    lookout = Lookout(connector)
    await stack.enter_async_context(lookout)
    chat = serving(settings, observer, sock=sock, lookout=lookout)
    server = await stack.enter_async_context(chat)
    return server.url


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


async def _keep_list(observer: Broker) -> None:
    async for _ in observer.watch_sessions():
        pass


async def _watch(broker: EmbeddedBroker) -> None:
    """Say when the broker died and came back, until it is given up."""
    ended = asyncio.ensure_future(broker.wait())
    told = 0
    try:
        while not ended.done():
            await asyncio.wait({ended}, timeout=_LOOK_EVERY)
            if broker.restarts > told:
                told = broker.restarts
                complain(f"the broker died and was started again ({told} times so far)")
        ended.result()
    finally:
        ended.cancel()


def _announce(output: Output, broker: EmbeddedBroker, wanted: Wanted, page: str | None) -> None:
    url = broker.url
    if is_any(wanted.host) and (address := lan_address()):
        url = f"mqtt://{address}:{broker.port}"
        page = page and _reached(page, address)
    output.event("listening", {"mqtt": url, "http": page})
    if page is not None:
        output.line(f"The page is at {page}")
    login = url if wanted.password is None else url.replace("://", "://headcount:PASSWORD@", 1)
    output.line(f"The broker listens at {url}" + (" (user: headcount)" if login != url else ""))
    output.line("")
    if is_loopback(wanted.host):
        output.line("On this machine:")
        output.line(f"  headcount create 'My game' --broker {login}")
        output.line(f"  headcount join --broker {login}")
        output.line("")
        output.line("Only this machine can reach it. To open it to the LAN:")
        output.line(f"  {_open_command(sys.argv[1:])}")
    else:
        if sys.stdout.isatty():
            _show_code(output, page or url)
        output.line("Others join with:")
        output.line(f"  headcount join --broker {login}")
        others = [a for a in lan_addresses() if a not in url] if is_any(wanted.host) else []
        if others:
            output.line(f"(This machine's other addresses: {', '.join(others)})")
    output.line("")
    output.line("Ctrl-C ends it.")


def _announce_page(output: Output, wanted: Wanted, page: str | None) -> None:
    """Say where the page is of a broker that runs elsewhere."""
    broker = str(parse_address(wanted.brokers[0]))
    if is_any(wanted.host) and page is not None and (address := lan_address()):
        page = _reached(page, address)
    output.event("listening", {"mqtt": broker, "http": page})
    output.line(f"The page is at {page}")
    output.line(f"It shows the sessions of {broker}")
    if page is not None and not is_loopback(wanted.host) and sys.stdout.isatty():
        _show_code(output, page)
    output.line("")
    output.line("Ctrl-C ends it.")


def _reached(page: str, address: str) -> str:
    """Return the page's address as others reach it."""
    return page.replace("127.0.0.1", address).replace("[::1]", address)


def _open_command(arguments: Sequence[str]) -> str:
    """Return the command that was given, open to the LAN and without its secrets."""
    words, rest = ["headcount", "serve", "--host", "0.0.0.0"], iter(arguments)
    for word in rest:
        name, given, _ = word.partition("=")
        if name in ("--host", *_SECRET) and not given:
            next(rest, None)
        if name in _SECRET:
            words += [name, "…"]
        elif name not in ("serve", "--host"):
            words.append(word)
    return shlex.join(words).replace("'…'", "…")


def _show_code(output: Output, url: str) -> None:
    from headcount.cli.qr import qr_lines

    for line in qr_lines(url):
        output.line("  " + line)
    output.line("")


def _taken(error: BrokerStartError) -> BrokerStartError:
    """Tell a directory that another broker uses from other reasons not to start."""
    from filelock import Timeout

    return FileTakenError(str(error)) if isinstance(error.__cause__, Timeout) else error
