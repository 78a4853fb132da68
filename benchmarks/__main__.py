"""Measure, and print one table: `python -m benchmarks [--engine E] [--only NAME] [--quick]`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
import traceback

from tests.engines import ENGINES, Engine, EngineMissingError

from benchmarks import (
    detection,
    dialogs,
    idle,
    join,
    listing,
    mixed,
    restart,
    simulation,
    startup,
    storm,
    traffic,
)
from benchmarks.bench import Figure, bench
from benchmarks.chat.figures import CHAT
from benchmarks.report import Row, table
from benchmarks.sizes import FULL, QUICK, Sizes

ON_A_BROKER: dict[str, Figure] = {
    "join": join.measure,
    "storm": storm.measure,
    "detection": detection.measure,
    "restart": restart.measure,
    "traffic": traffic.measure,
    "listing": listing.measure,
    "idle": idle.measure,
    "dialogs": dialogs.measure,
    "mixed": mixed.measure,
}
ALONE: dict[str, Figure] = {
    "startup": startup.measure,
    "simulation": simulation.measure,
    **CHAT,
}


def main() -> int:
    """Return 0 if everything could be measured, whatever came out."""
    asked = _arguments()
    wanted = _named(asked.only or [*ON_A_BROKER, *ALONE])
    sizes = QUICK if asked.quick else FULL
    engines = list(ENGINES) if asked.engine == "both" else [asked.engine]
    rows: list[Row] = []
    began, whole = time.monotonic(), True
    for name in wanted:
        for engine in engines if name in ON_A_BROKER else [None]:
            print(f"{name} {engine or ''}".strip(), file=sys.stderr, flush=True)
            whole &= _measure(name, None if engine is None else ENGINES[engine], sizes, rows)
    print(
        f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores, "
        f"{'quick: too small to judge' if asked.quick else 'full'}, "
        f"{time.monotonic() - began:.0f} s\n\n{table(rows)}"
    )
    return 0 if whole else 1


def _named(asked: list[str]) -> list[str]:
    """Return the figures asked for; `chat` stands for all of the chat's."""
    return [name for each in asked for name in (CHAT if each == "chat" else [each])]


def _measure(name: str, engine: type[Engine] | None, sizes: Sizes, rows: list[Row]) -> bool:
    """Add the rows of one figure; one that fails leaves the others to be measured."""
    figure = ON_A_BROKER.get(name) or ALONE[name]
    try:
        with bench(sizes, engine) as here:
            for row in figure(here):
                rows.append(row)
                print("  " + " | ".join(row.cells()), file=sys.stderr, flush=True)
    except EngineMissingError as missing:
        rows.append(Row(name, engine.name if engine else "", f"not measured: {missing}"))
    except Exception:
        traceback.print_exc()
        rows.append(Row(name, engine.name if engine else "", "failed: see above", ok=False))
        return False
    return True


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--engine", choices=[*ENGINES, "both"], default="both")
    parser.add_argument(
        "--only",
        action="append",
        choices=[*ON_A_BROKER, *ALONE, "chat"],
        metavar="NAME",
        help=f"may be given again: {', '.join([*ON_A_BROKER, *ALONE])}",
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
