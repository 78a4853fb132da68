"""`headcount list` and `headcount watch`: looking without taking part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from headcount.cli.exits import Exit
from headcount.cli.options import Measured, Timed, option

if TYPE_CHECKING:
    from headcount.cli.observing import ShowMetrics
    from headcount.cli.running import Stop
    from headcount.connection import Broker
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
    from headcount.cli import lists
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
                    await stop.unless(lists.watch(output, timed, broker, rows))
                else:
                    lists.tell(output, timed, await stop.unless(rows.read()))
        finally:
            await broker.close()
    return Exit.ASKED


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
