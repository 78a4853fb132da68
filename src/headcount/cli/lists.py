"""Showing the list of sessions, once or for as long as it changes."""

from __future__ import annotations

import asyncio
import sys
import time

from headcount.cli.exits import complain
from headcount.cli.facts import row_fields
from headcount.cli.options import Timed
from headcount.cli.output import Output
from headcount.cli.rows import Row, Rows
from headcount.connection import Broker
from headcount.errors import NoBrokerError

_LOOK_EVERY = 0.5
"""Seconds between two looks at the connection."""


async def watch(output: Output, timed: Timed, broker: Broker, rows: Rows) -> None:
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
        tell(output, timed, found)


async def _live(rows: Rows) -> None:
    """Keep one table on the terminal up to date."""
    from rich.live import Live
    from rich.text import Text

    from headcount.cli.tables import sessions_table

    with Live(Text("Looking …", style="dim"), auto_refresh=False, screen=True) as live:
        async for found in rows.watch():
            shown = sessions_table(found) if found else Text("No sessions yet.", style="dim")
            live.update(shown, refresh=True)


def tell(output: Output, timed: Timed, rows: list[Row]) -> None:
    """Show one list."""
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
