"""Connecting as one instance and taking part, under an identity that outlives a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from headcount import arguments, identity
from headcount.cli.exits import Exit
from headcount.cli.observing import ShowMetrics, metrics, observed
from headcount.cli.options import Measured, Timed
from headcount.cli.output import Output, event_output
from headcount.cli.running import Stop, run
from headcount.cli.seat import Seat
from headcount.cli.typed import read_lines
from headcount.connection import Broker, connect
from headcount.session import Session


@dataclass(frozen=True)
class Founding:
    """A session to create."""

    request = "create"

    model_name: str
    id: str | None
    seats: arguments.Seats
    roles: Sequence[str]
    seed: int | None
    auto_start: bool
    on_host_loss: Literal["close", "migrate"]

    def session(self, broker: Broker, id: str, secret: str, timed: Timed) -> Session:
        """Return the session, not yet entered."""
        options = {**asdict(self), "id": id, **timed.timers}
        return broker.create(**options, secret=secret)


@dataclass(frozen=True)
class Joining:
    """A session to join; without an id one is chosen first."""

    request = "join"

    id: str | None
    role: str | None
    wait: float

    def session(self, broker: Broker, id: str, secret: str, timed: Timed) -> Session:
        """Return the session, not yet entered."""
        return broker.join(id, role=self.role, wait=self.wait, secret=secret)


Wanted = Founding | Joining


def play(
    timed: Timed, measured: Measured, client_id: str | None, who: str | None, wanted: Wanted
) -> Exit:
    """Take part until it is over; return the exit code.

    Raises:
        BadInputError: something given cannot be used; nothing was connected to.
        NoBrokerError: there is no broker.
    """
    _check(timed, client_id, who, wanted)
    with observed(timed), metrics(measured) as show:
        return run(lambda stop: _play(stop, timed, show, client_id, who, wanted))


async def _play(
    stop: Stop,
    timed: Timed,
    show: ShowMetrics | None,
    client_id: str | None,
    who: str | None,
    wanted: Wanted,
) -> Exit:
    with event_output(timed, stop) as output:
        lines = read_lines()
        id = await _session_id(stop, timed, wanted, output, lines)
        if id is None:
            return Exit.REFUSED
        with identity.claim(id, client_id) as me:
            broker = connect(timed.brokers, client_id=me.client_id, name=who, root=timed.root)
            session = wanted.session(broker, id, me.secret, timed)
            await stop.unless(broker.__aenter__())
            try:
                connected = {"client_id": broker.client_id, "broker": broker.address}
                output.event("connected", connected)
                if show is not None:
                    show(broker)
                code = await Seat(session, wanted.request, output, me.keep).take(stop, lines)
                me.settle(session.closed_reason)
            finally:
                await broker.close()
        return code


async def _session_id(
    stop: Stop,
    timed: Timed,
    wanted: Wanted,
    output: Output,
    lines: asyncio.Queue[str | None],
) -> str | None:
    if wanted.id is not None:
        return wanted.id
    if isinstance(wanted, Founding):
        return connect().create(wanted.model_name).id  # drawn from the name
    from headcount.cli.choosing import choose

    return await stop.unless(choose(timed, output, lines))


def _check(timed: Timed, client_id: str | None, who: str | None, wanted: Wanted) -> None:
    """Refuse what cannot be used before anything is written or connected to."""
    broker = connect(timed.brokers, client_id=client_id, name=who, root=timed.root)
    arguments.timers(**timed.timers)
    wanted.session(broker, wanted.id or "any", "any", timed)
