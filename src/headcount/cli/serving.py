"""Running the embedded broker, and saying how others reach it."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from headcount.broker.embedded import EmbeddedBroker
from headcount.broker.lan import is_any, is_loopback, lan_address, lan_addresses
from headcount.cli.exits import Exit, FileTakenError, complain
from headcount.cli.observing import ShowMetrics
from headcount.cli.options import Shown
from headcount.cli.output import Output
from headcount.cli.running import Stop
from headcount.connection import Broker, connect
from headcount.errors import BrokerStartError

_LOOK_EVERY = 1.0


class Wanted:
    """What was asked for."""

    def __init__(self, host: str, port: int, data: Path | None, password: str | None) -> None:
        self.host = host
        self.port = port
        self.data = data
        self.password = password


async def serve_until_stopped(
    stop: Stop, shown: Shown, show: ShowMetrics | None, wanted: Wanted
) -> Exit:
    """Run the broker until the process is to end.

    Args:
        stop: asked for the end.
        shown: how to tell the address.
        show: takes what the metrics are read from; None where nobody asked for them.
        wanted: what to run.

    Raises:
        PortInUseError: another program has the port.
        BrokerStartError: the broker does not start, or cannot be kept alive.
    """
    broker = EmbeddedBroker(
        host=wanted.host, port=wanted.port, data=wanted.data, password=wanted.password
    )
    try:
        await stop.unless(broker.start())
        with Output(json=shown.json, broken=stop.ask_from_thread) as output:
            async with _measuring(broker, show):
                _announce(output, broker, wanted)
                await stop.unless(_watch(broker))
    except BrokerStartError as error:
        raise _taken(error) from error
    finally:
        await broker.stop()
    return Exit.ASKED


@asynccontextmanager
async def _measuring(broker: EmbeddedBroker, show: ShowMetrics | None) -> AsyncIterator[None]:
    """Serve metrics of all sessions, as one who keeps their list sees them."""
    if show is None:
        yield
        return
    async with connect(broker.login_url) as observer:
        listing = asyncio.create_task(_keep_list(observer))
        show(observer)
        try:
            yield
        finally:
            listing.cancel()
            await asyncio.wait({listing})


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


def _announce(output: Output, broker: EmbeddedBroker, wanted: Wanted) -> None:
    url = broker.url
    if is_any(wanted.host) and (address := lan_address()):
        url = f"mqtt://{address}:{broker.port}"
    output.event("listening", {"mqtt": url, "http": None})
    login = url if wanted.password is None else url.replace("://", "://headcount:PASSWORD@", 1)
    output.line(f"The broker listens at {url}" + (" (user: headcount)" if login != url else ""))
    output.line("")
    if is_loopback(wanted.host):
        output.line("On this machine:")
        output.line(f"  headcount create 'My game' --broker {login}")
        output.line(f"  headcount join --broker {login}")
        output.line("")
        output.line("Only this machine can reach it. To open it to the LAN:")
        output.line(f"  {_open_command(wanted)}")
    else:
        if sys.stdout.isatty():
            _show_code(output, url)
        output.line("Others join with:")
        output.line(f"  headcount join --broker {login}")
        others = [a for a in lan_addresses() if a not in url] if is_any(wanted.host) else []
        if others:
            output.line(f"(This machine's other addresses: {', '.join(others)})")
    output.line("")
    output.line("Ctrl-C ends it.")


def _open_command(wanted: Wanted) -> str:
    words = ["headcount", "serve", "--host", "0.0.0.0"]
    if wanted.port not in (0, 1883):
        words += ["--mqtt-port", str(wanted.port)]
    if wanted.data is not None:
        words += ["--data", str(wanted.data)]
    if wanted.password is not None:
        words += ["--password", "…"]
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
