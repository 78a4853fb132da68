"""Choosing a session from the list, on a terminal."""

from __future__ import annotations

import asyncio
import sys

from rich.console import Console

from headcount.cli.options import Reach
from headcount.cli.output import Output
from headcount.cli.rows import Row
from headcount.cli.tables import sessions_table
from headcount.connection import connect
from headcount.core.state import SessionState


async def choose(reach: Reach, output: Output, lines: asyncio.Queue[str | None]) -> str | None:
    """Return the id of the session that was chosen, or None when there is none to choose."""
    async with connect(reach.brokers, root=reach.root) as broker:
        while True:
            found = await broker.sessions()
            if not found:
                output.line("Nobody has created a session yet: headcount create NAME does.")
                return None
            Console(stderr=True).print(
                sessions_table([Row.ours(state) for state in found], numbered=True)
            )
            chosen = await _answer(found, lines)
            if chosen is not None:
                return chosen


async def _answer(found: list[SessionState], lines: asyncio.Queue[str | None]) -> str | None:
    """Return the id in the next line, or None to show the list again."""
    print("Number or id (Enter: the first, r: look again): ", end="", file=sys.stderr, flush=True)
    line = await lines.get()
    if line is None:
        raise SystemExit(0)
    text = line.strip()
    if not text:
        return found[0].session_id
    if text.isdecimal() and 1 <= int(text) <= len(found):
        return found[int(text) - 1].session_id
    return next((state.session_id for state in found if state.session_id == text), None)
