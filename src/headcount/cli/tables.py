"""Sessions as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from headcount.cli.words import PHASES, printable, seats
from headcount.core.state import SessionState


def sessions_table(sessions: Sequence[SessionState], *, numbered: bool = False) -> Table:
    """Return the list of sessions as a table, with numbers to choose by if wanted."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    if numbered:
        table.add_column("", style="bold cyan", justify="right")
    for title in ("session", "id", "instances", "state", ""):
        table.add_column(title)
    for number, state in enumerate(sessions, 1):
        row = [Text(printable(state.model_name), style="bold"), Text(state.session_id)]
        row += [
            Text(f"{state.count}/{seats(state.num_players_min, state.num_players_max)}"),
            Text(state.phase, style=PHASES[state.phase]),
            Text("can be joined" if state.joinable else "", style="green"),
        ]
        table.add_row(*([Text(str(number))] if numbered else []), *row)
    return table


def plain_row(state: SessionState) -> str:
    """Return a session as a line of text, its parts set apart by tabs."""
    taken = f"{state.count}/{seats(state.num_players_min, state.num_players_max)}"
    parts = [state.session_id, taken, state.phase, printable(state.model_name)]
    return "\t".join(parts)
