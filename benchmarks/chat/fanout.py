"""Messages to a room of 200 and of 1,000: what a delivery costs, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.bench import Bench
from benchmarks.chat.load import Load
from benchmarks.chat.servers import UNLIMITED
from benchmarks.chat.sides import NODE, OURS, Run, Side, against, harm, middle, row, runs, sides
from benchmarks.report import Row, show

SIZE = 40
"""Characters of a message: frames of about 100 bytes come in, of about 260 go out."""
MOST = {8: 0.25, 32: 0.1}
"""The CPU time of a delivery by that of `ws`, by messages under way; for a room of 1,000."""
RATE = 50.0
PACED = 1.0
LATE = 1.2
"""Our p99 by that of `ws`, which stores nothing; for 200 receivers."""
BURST = 1000
FEWEST = 500e3
"""Deliveries a second in a burst."""


def measure(bench: Bench) -> Iterator[Row]:
    """Measure each size of room."""
    for clients in bench.sizes.chat_rooms:
        with sides(bench, clients, **UNLIMITED) as found:
            yield from _flights(bench, found, clients)
            yield from _paced(bench, found, clients)
            if clients == min(bench.sizes.chat_rooms):
                yield _burst(bench, found, clients)


def _flights(bench: Bench, found: list[Side], clients: int) -> Iterator[Row]:
    messages = max(64, bench.sizes.chat_deliveries // clients)
    judged = clients >= 1000
    for flight, most in MOST.items():
        talk = partial(Load.send, messages=messages, flight=flight, size=SIZE)
        taken = runs(found, bench.sizes.chat_rounds, talk)
        figure = f"{clients} receivers, {flight} in flight: CPU per 100 k deliveries"
        yield row(bench, figure, taken, lambda run: run.cost, _cost, most if judged else None)


def _paced(bench: Bench, found: list[Side], clients: int) -> Iterator[Row]:
    messages = int(RATE * bench.sizes.chat_window)
    talk = partial(Load.pace, messages=messages, rate=RATE, size=SIZE)
    taken = runs(found, bench.sizes.chat_rounds, talk)
    what = f"{clients} receivers, {RATE:g} messages/s"
    judged = clients >= 1000
    figure = f"{what}: CPU per 100 k deliveries"
    yield row(bench, figure, taken, lambda run: run.cost, _cost, PACED if judged else None)
    most = None if judged else LATE
    yield row(bench, f"{what}: p50 / p99", taken, lambda run: run.talk.p99, _latency, most)


def _burst(bench: Bench, found: list[Side], clients: int) -> Row:
    talk = partial(Load.send, messages=BURST, flight=BURST, size=SIZE)
    taken = runs(found, bench.sizes.chat_rounds, talk)
    figure = f"burst of {BURST} from one to {clients}"
    goal = f">= {_many(FEWEST)}; all, in order"
    rates = {name: middle(each, lambda run: run.talk.rate) for name, each in taken.items()}
    text = _many(rates[OURS]) + harm(taken[OURS])
    well = rates[OURS] >= FEWEST and not harm(taken[OURS])
    if NODE not in taken:
        return Row(figure, bench.name, text, goal, well, against(None))
    baseline = against(_many(rates[NODE]) + harm(taken[NODE]))
    return Row(figure, bench.name, text, goal, well, baseline, rates[OURS] / rates[NODE])


def _cost(taken: list[Run]) -> str:
    cost = middle(taken, lambda run: run.cost)
    return f"{cost:.3f} s ({_many(middle(taken, lambda run: run.talk.rate))})"


def _latency(taken: list[Run]) -> str:
    p50, p99 = middle(taken, lambda run: run.talk.p50), middle(taken, lambda run: run.talk.p99)
    return f"{show(p50)} / p99 {show(p99)}"


def _many(rate: float) -> str:
    """Return a number of deliveries a second, in three digits."""
    return f"{rate / 1e6:.2f} M/s" if rate >= 1e6 else f"{rate / 1e3:.3g} k/s"
