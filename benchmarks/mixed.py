"""Existing instances of SGE in a session that Headcount hosts: joins, deaths, clocks, leftovers.

The same crowd is let loose on a session of their own, in the same run, for the baseline.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.interop.running import Running
from tests.raw_mqtt import RawClient

from benchmarks.bench import Bench
from benchmarks.report import Row, within
from headcount.sge import DistributedGame, SGDistributedGameConfig

CROWD = 10
PATIENCE = 60.0
SETTLES = 8.0
"""Seconds after which an existing session shows what it will show for ever."""
SILENT = 16.0
AHEAD = "60"


def measure(bench: Bench) -> Iterator[Row]:
    """Play all scenes."""
    yield _crowds(bench)
    lost = [_killed(bench, number) for number in range(bench.sizes.mixed_losses)]
    yield within("existing member killed: right count here", bench.name, lost, SILENT)
    yield _wrong_clock(bench)
    yield _leftovers(bench)


def _crowds(bench: Bench) -> Row:
    whole, shown = 0, []
    for number in range(bench.sizes.mixed_crowds):
        counts = _crowd(bench, f"crowd-{number}")
        bench.say(f"{CROWD} existing ones joined at one moment: {counts}")
        whole += counts == [CROWD + 1] * (CROWD + 1)
        shown.append(min(counts))
    theirs = _their_crowd(bench)
    runs = bench.sizes.mixed_crowds
    return Row(
        f"{CROWD} existing ones join at one moment: all {CROWD + 1} show all",
        bench.name,
        f"{whole} of {runs} runs; least shown {min(shown)}",
        f"{runs} of {runs}",
        whole == runs,
        baseline=f"among themselves {theirs} of {CROWD + 1}",
    )


def _crowd(bench: Bench, session: str) -> list[int]:
    """Let them join; return what each shows, ours first, once all agree or time is up."""
    with hosted(bench, session) as game, ExitStack() as crowd:
        port = bench.engine.port
        old = [crowd.enter_context(Running.join(port, session)) for _ in range(CROWD)]

        def counts() -> list[int]:
            return [game.connected_instances_count(), *(each.count for each in old)]

        _until(lambda: counts() == [CROWD + 1] * (CROWD + 1))
        return counts()


def _their_crowd(bench: Bench) -> int:
    """Return what the creator shows in the end of the same crowd in a session of theirs."""
    port = bench.engine.port
    with Running.create(port, "theirs", "--players", "2-20") as creator, ExitStack() as crowd:
        creator.wait_until(lambda: creator.count == 1)
        old = [crowd.enter_context(Running.join(port, "theirs")) for _ in range(CROWD)]
        for each in old:
            each.wait_until(lambda each=each: each.count)
        time.sleep(SETTLES)
        return creator.count


def _killed(bench: Bench, number: int) -> float:
    """Return the time from the death of an existing member to the right count here."""
    session = f"loss-{number}"
    with hosted(bench, session) as game, Running.join(bench.engine.port, session) as old:
        _until(lambda: game.connected_instances_count() == 2)
        old.wait_until(lambda: old.count == 2)
        old.kill()
        began = time.monotonic()
        _until(lambda: game.connected_instances_count() == 1)
        return time.monotonic() - began


def _wrong_clock(bench: Bench) -> Row:
    """Let one join whose clock is a minute ahead; look for as long as it takes to do harm."""
    with hosted(bench, "clock") as game, Running.join(bench.engine.port, "clock") as sound:
        _until(lambda: game.connected_instances_count() == 2)
        with Running.join(bench.engine.port, "clock", "--ahead", AHEAD) as wrong:
            with suppress(AssertionError):
                wrong.wait_for("closed", 25.0)
            time.sleep(1.0)
            copy = sound.state()["copy"]
            well = game.is_distributed and game.session.is_open() and copy["state"] == "open"
    return Row(
        f"an existing one whose clock is {AHEAD} s ahead joins",
        bench.name,
        "nothing happens" if well else "the session is closed",
        "nothing happens",
        well,
    )


def _leftovers(bench: Bench) -> Row:
    """Play a game from its beginning to its end; count what the broker still holds."""
    with hosted(bench, "whole") as game:
        with Running.join(bench.engine.port, "whole", "--role", "Player1") as old:
            _until(lambda: game.connected_instances_count() == 2)
            old.wait_until(lambda: old.count == 2)
            game.start()
            old.wait_for("role")
            old.tell("leave")
            old.wait_for("left")
        game.leave()
    with RawClient(bench.engine.port, "reader") as client:
        client.subscribe("#")
        left = {message.topic for message in client.take() if message.payload}
    left = {topic for topic in left if "whole" in topic}
    return Row(
        "retained topics left after a game with an existing one",
        bench.name,
        str(len(left)),
        "0",
        not left,
        baseline="3 + 2N among themselves",
    )


@contextmanager
def hosted(bench: Bench, session: str) -> Iterator[DistributedGame]:
    """Give a game that hosts a session."""
    config = SGDistributedGameConfig(
        (1, 20), broker_host="127.0.0.1", broker_port=bench.engine.port
    )
    with DistributedGame(config, "Sea") as game:
        game.create(session)
        yield game


def _until(holds: Callable[[], object]) -> None:
    """Wait until something holds, or time is up."""
    deadline = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)
