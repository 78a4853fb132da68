"""`headcount list` and `headcount watch`: looking without taking part."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from headcount.cli.exits import Exit, complain
from headcount.cli.options import Measured, Timed, option
from headcount.errors import NoBrokerError

if TYPE_CHECKING:
    from headcount.cli.observing import ShowMetrics
    from headcount.cli.output import Output
    from headcount.cli.rows import Row, Rows
    from headcount.cli.running import Stop
    from headcount.connection import Broker
    from headcount.session import Session

_LOOK_EVERY = 0.5
"""Seconds between two looks at the connection."""


def list_sessions(
    timed: Timed,
    measured: Measured,
    watch: Annotated[
        bool, option("--watch", "Go on, and show every change; Ctrl-C ends it.")
    ] = False,
) -> Exit:
    """Show the sessions that have a live host."""
    from headcount import arguments
    from headcount.cli.observing import metrics, observed
    from headcount.cli.running import run
    from headcount.connection import connect

    arguments.timers(**timed.timers)
    broker = connect(timed.brokers, root=timed.root)
    with observed(timed), metrics(measured if watch else Measured()) as show:
        return run(lambda stop: _list(stop, timed, show, broker, watch))


def watch(
    timed: Timed,
    measured: Measured,
    id: Annotated[str, typer.Argument(help="The session's id.", show_default=False)],
) -> Exit:
    """Follow a session without joining it."""
    from headcount import arguments
    from headcount.cli.observing import metrics, observed
    from headcount.cli.running import run
    from headcount.connection import connect

    arguments.timers(**timed.timers)
    broker = connect(timed.brokers, root=timed.root)
    session = broker.watch(id)
    with observed(timed), metrics(measured) as show:
        return run(lambda stop: _watch(stop, timed, show, broker, session))


async def _list(
    stop: Stop, timed: Timed, show: ShowMetrics | None, broker: Broker, watch: bool
) -> Exit:
    from headcount.cli.connecting import connector
    from headcount.cli.output import Output
    from headcount.cli.rows import looking

    with Output(json=timed.json, broken=stop.ask_from_thread) as output:
        await stop.unless(broker.__aenter__())
        if show is not None:
            show(broker)
        try:
            async with looking(broker, connector(timed), timed.root) as rows:
                if watch:
                    await stop.unless(_watch_list(output, timed, broker, rows))
                else:
                    _tell(output, timed, await stop.unless(rows.read()))
        finally:
            await broker.close()
    return Exit.ASKED


async def _watch_list(output: Output, timed: Timed, broker: Broker, rows: Rows) -> None:
    """Show every list, until the connection is lost for too long to be right.

    Raises:
        NoBrokerError: it is.
    """
    showing = asyncio.create_task(_every_list(output, timed, rows))
    losing = asyncio.create_task(_connection_lost(broker, timed.link_timeout))
    try:
        await asyncio.wait({showing, losing}, return_when=asyncio.FIRST_COMPLETED)
        for done in (each for each in (losing, showing) if each.done()):
            done.result()
    finally:
        showing.cancel()
        losing.cancel()
        await asyncio.wait({showing, losing})


async def _connection_lost(broker: Broker, timeout: float) -> None:
    """Wait until there is no connection for `timeout` seconds."""
    down_since: float | None = None
    while down_since is None or time.monotonic() < down_since + timeout:
        await asyncio.sleep(min(_LOOK_EVERY, timeout))
        if broker.is_up:
            down_since = None
        elif down_since is None:
            down_since = time.monotonic()
            complain("the connection to the broker is lost: the list may be old")
    raise NoBrokerError(f"no connection for {timeout:g} s: the list is not known any more")


async def _every_list(output: Output, timed: Timed, rows: Rows) -> None:
    if not timed.json and sys.stdout.isatty():
        await _live(rows)
        return
    async for found in rows.watch():
        if not timed.json:
            output.line(time.strftime("%H:%M:%S"))
        _tell(output, timed, found)


async def _live(rows: Rows) -> None:
    """Keep one table on the terminal up to date."""
    from rich.live import Live
    from rich.text import Text

    from headcount.cli.tables import sessions_table

    with Live(Text("Looking …", style="dim"), auto_refresh=False, screen=True) as live:
        async for found in rows.watch():
            shown = sessions_table(found) if found else Text("No sessions yet.", style="dim")
            live.update(shown, refresh=True)


def _tell(output: Output, timed: Timed, rows: list[Row]) -> None:
    from headcount.cli.facts import row_fields

    output.event("sessions", {"sessions": [row_fields(row) for row in rows]})
    if not timed.json:
        _show(output, rows)


def _show(output: Output, rows: list[Row]) -> None:
    if not rows:
        output.line("No sessions: headcount create NAME makes one.")
    elif sys.stdout.isatty():
        from rich.console import Console

        from headcount.cli.tables import sessions_table

        console = Console()
        with console.capture() as captured:
            console.print(sessions_table(rows))
        output.line(captured.get().rstrip("\n"))
    else:
        from headcount.cli.tables import plain_row

        for row in rows:
            output.line(plain_row(row))


async def _watch(
    stop: Stop, timed: Timed, show: ShowMetrics | None, broker: Broker, session: Session
) -> Exit:
    from headcount.cli.following import follow
    from headcount.cli.output import event_output

    with event_output(timed, stop) as output:
        await stop.unless(broker.__aenter__())
        try:
            connected = {"client_id": broker.client_id, "broker": broker.address}
            output.event("connected", connected)
            if show is not None:
                show(broker)
            return await follow(stop, session, output)
        finally:
            await broker.close()
