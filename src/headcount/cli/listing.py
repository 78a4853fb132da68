"""`headcount list` and `headcount watch`: looking without taking part."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from headcount.cli.exits import Exit
from headcount.cli.options import Measured, Timed, option

if TYPE_CHECKING:
    from headcount.cli.observing import ShowMetrics
    from headcount.cli.output import Output
    from headcount.cli.running import Stop
    from headcount.connection import Broker
    from headcount.core.state import SessionState
    from headcount.session import Session


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
    from headcount.cli.output import Output

    with Output(json=timed.json, broken=stop.ask_from_thread) as output:
        await stop.unless(broker.__aenter__())
        if show is not None:
            show(broker)
        try:
            if watch:
                await stop.unless(_every_list(output, timed, broker))
            else:
                sessions = await stop.unless(broker.sessions())
                _event(output, sessions)
                if not timed.json:
                    _show(output, sessions)
        finally:
            await broker.close()
    return Exit.ASKED


async def _every_list(output: Output, timed: Timed, broker: Broker) -> None:
    if not timed.json and sys.stdout.isatty():
        await _live(broker)
        return
    from headcount.cli.facts import row_fields

    told = None
    async for sessions in broker.watch_sessions():
        rows = [row_fields(state) for state in sessions]
        if rows == told:
            continue
        told = rows
        _event(output, sessions)
        if not timed.json:
            output.line(time.strftime("%H:%M:%S"))
            _show(output, sessions)


async def _live(broker: Broker) -> None:
    """Keep one table on the terminal up to date."""
    from rich.live import Live
    from rich.text import Text

    from headcount.cli.tables import sessions_table

    with Live(Text("Looking …", style="dim"), auto_refresh=False, screen=True) as live:
        async for sessions in broker.watch_sessions():
            shown = sessions_table(sessions) if sessions else Text("No sessions yet.", style="dim")
            live.update(shown, refresh=True)


def _event(output: Output, sessions: list[SessionState]) -> None:
    from headcount.cli.facts import row_fields

    output.event("sessions", {"sessions": [row_fields(state) for state in sessions]})


def _show(output: Output, sessions: list[SessionState]) -> None:
    if not sessions:
        output.line("No sessions: headcount create NAME makes one.")
    elif sys.stdout.isatty():
        from rich.console import Console

        from headcount.cli.tables import sessions_table

        console = Console()
        with console.capture() as captured:
            console.print(sessions_table(sessions))
        output.line(captured.get().rstrip("\n"))
    else:
        from headcount.cli.tables import plain_row

        for state in sessions:
            output.line(plain_row(state))


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
