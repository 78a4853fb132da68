"""Sessions as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from headcount.cli.rows import Row
from headcount.cli.words import PHASES, seats
from headcount.core.names import printable


def sessions_table(rows: Sequence[Row], *, numbered: bool = False) -> Table:
    """Return the list of sessions as a table, with numbers to choose by if wanted."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    if numbered:
        table.add_column("", style="bold cyan", justify="right")
    for title in ("session", "id", "instances", "state", "", ""):
        table.add_column(title)
    for number, row in enumerate(rows, 1):
        cells = [Text(printable(row.model_name), style="bold"), Text(printable(row.session_id))]
        cells += [
            Text(f"{row.count}/{seats(row.num_players_min, row.num_players_max)}"),
            Text(row.state, style=PHASES[row.state]),
            Text("can be joined" if row.joinable else "", style="green"),
            Text("SGE" if row.protocol == "sge" else "", style="dim"),
        ]
        table.add_row(*([Text(str(number))] if numbered else []), *cells)
    return table


def plain_row(row: Row) -> str:
    """Return a session as a line of text, its parts set apart by tabs."""
    taken = f"{row.count}/{seats(row.num_players_min, row.num_players_max)}"
    parts = [printable(row.session_id), taken, row.state, printable(row.model_name)]
    return "\t".join(parts)
