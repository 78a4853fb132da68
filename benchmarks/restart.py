"""The broker is killed and comes back with its store: when is everyone back, and right?"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.cli.instance import Event, Instance

from benchmarks.bench import Bench
from benchmarks.cast import PATIENCE, Cast, gathered
from benchmarks.report import Row, show, within

SIZE = 4
OUTAGE = 1.0
GOAL = 5.0


def measure(bench: Bench) -> Iterator[Row]:
    """Kill the broker some times below one session."""
    taken = []
    with gathered(bench.engine.url, SIZE) as cast:
        for n in range(bench.sizes.restarts):
            marks = [each.mark() for each in cast.all]
            bench.engine.kill()
            time.sleep(OUTAGE)
            bench.engine.start()
            answers = time.monotonic()
            linked, all_right = _restored(cast, marks), _right(cast, marks, n)
            bench.say(f"links after {show(linked - answers)}, right {show(all_right - answers)}")
            taken.append(max(linked, all_right) - answers)
            for each, mark in zip(cast.all, marks, strict=True):
                wrong = _wrong(each, mark)
                if wrong:
                    bench.say(f"{each.arguments[0]} showed {wrong} meanwhile")
                    taken[-1] = max(taken[-1], PATIENCE)
    yield within("broker restart: all back and right", bench.name, taken, GOAL)


def _restored(cast: Cast, marks: list[int]) -> float:
    """Wait until every link is restored; return the moment of the last."""
    moments = []
    for each, mark in zip(cast.all, marks, strict=True):
        event = each.wait_for(_is_restored, PATIENCE, after=mark)
        moments.append(float(event["at"]))
    return max(moments)


def _right(cast: Cast, marks: list[int], value: int) -> float:
    """Wait until a change asked for after the restart is seen by all, with the right count.

    A session that was not disturbed publishes nothing: only a change proves that it lives.
    """
    cast.members[-1].send(f"set round={value}")

    def holds(event: Event) -> bool:
        if event["event"] != "state" or event["count"] != SIZE:
            return False
        return bool(event["properties"].get("round") == value)

    return max(
        float(each.wait_for(holds, PATIENCE, after=mark)["at"])
        for each, mark in zip(cast.all, marks, strict=True)
    )


def _is_restored(event: Event) -> bool:
    return bool(event["event"] == "link" and event["status"] == "restored")


def _wrong(each: Instance, mark: int) -> list[object]:
    """Return the wrong counts and the ends that one was shown."""
    return [
        event.get("count", event["event"])
        for event in each.events[mark:]
        if event["event"] == "closed" or event.get("count", SIZE) != SIZE
    ]
