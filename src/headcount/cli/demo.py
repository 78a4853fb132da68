"""`headcount demo`: three real processes, one number, and what happens when they die."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headcount.cli.exits import Exit
from headcount.cli.options import Shown

if TYPE_CHECKING:
    from headcount.cli.running import Stop


def demo(shown: Shown) -> Exit:
    """See it work: three processes share a session, and two of them die.

    Needs no network and changes nothing on this machine: a broker runs on a free port of the
    loopback, and ends with the demonstration.
    """
    from headcount.cli.observing import observed
    from headcount.cli.running import run

    with observed(shown):
        return run(lambda stop: _demo(stop, shown))


async def _demo(stop: Stop, shown: Shown) -> Exit:
    import time
    from tempfile import TemporaryDirectory

    from headcount.broker.embedded import EmbeddedBroker
    from headcount.cli.output import Output
    from headcount.cli.performance import Play

    began = time.monotonic()
    with TemporaryDirectory(prefix="headcount-demo-") as directory:
        broker = EmbeddedBroker(port=0)
        try:
            await stop.unless(broker.start())
            with Output(json=shown.json, broken=stop.ask_from_thread) as output:
                play = Play(broker, directory, output, quiet=shown.json)
                try:
                    return await stop.unless(play.perform(began))
                finally:
                    await play.end()
        finally:
            await broker.stop()
