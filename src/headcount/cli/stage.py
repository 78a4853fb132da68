"""How the demonstration looks: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.box import ROUNDED
from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from headcount.cli.cast import Actor
from headcount.cli.running import StoppedError
from headcount.cli.words import seats


@dataclass
class Act:
    """One thing that happens, and how it went."""

    title: str
    result: str = ""
    ok: bool | None = None


class _Console(Console):
    """Ends the command in good order when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        """Say that it is to end.

        Raises:
            StoppedError: always.
        """
        raise StoppedError


class Stage:
    """Shows actors and acts.

    Args:
        actors: in the order in which they are shown.
        quiet: whether to show nothing at all.
    """

    def __init__(self, actors: Sequence[Actor], *, quiet: bool) -> None:
        self.acts: list[Act] = []
        self.truth = 0
        self.live = not quiet and sys.stdout.isatty()
        self._quiet = quiet
        self._actors = actors
        self._console = _Console()
        self._live = Live(console=self._console, refresh_per_second=12, transient=False)

    def __enter__(self) -> Self:
        if self.live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.live:
            self.refresh()
            self._live.stop()

    def say(self, text: str) -> None:
        """Show a line above everything."""
        if not self._quiet:
            self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def begin(self, title: str) -> Act:
        """Announce what is going to happen."""
        act = Act(title)
        self.acts.append(act)
        self.refresh()
        return act

    def finish(self, act: Act, result: str, *, ok: bool) -> None:
        """Show how it went."""
        act.result, act.ok = result, ok
        if not self.live:
            mark = "ok  " if ok else "FAIL"
            shown = "  ".join(f"{actor.name}: {_shown(actor).plain}" for actor in self._actors)
            self.say(f"{mark} {act.title:<42} {result:<38} {shown}")
        self.refresh()

    def refresh(self) -> None:
        """Show what has changed."""
        if self.live:
            self._live.update(Group(self._table(), Text(), self._acts(), Text()))

    def _table(self) -> Table:
        table = Table(
            box=ROUNDED, title="What each process shows", title_style="bold", padding=(0, 2)
        )
        table.add_column("")
        table.add_column("process", justify="right")
        table.add_column("instances", justify="center", min_width=12)
        table.add_column("session", min_width=26)
        for actor in self._actors:
            pid = Text(str(actor.pid or "-"), style="dim")
            table.add_row(Text(actor.name, style="bold"), pid, _shown(actor), _condition(actor))
        table.add_section()
        table.add_row(Text("really there", style="dim"), "", Text(str(self.truth), "bold"), "")
        return table

    def _acts(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for act in self.acts:
            mark: Text | Spinner = Spinner("dots", style="cyan")
            if act.ok is not None:
                mark = Text("✓", style="bold green") if act.ok else Text("✗", style="bold red")
            table.add_row(mark, Text(act.title), Text(act.result, style="dim"))
        return table


def _shown(actor: Actor) -> Text:
    if actor.count is None or actor.state is None or actor.closed:
        return Text("-", style="dim")
    high = actor.state["num_players_max"]
    text = f"{actor.count}/{seats(actor.state['num_players_min'], high)}"
    return Text(text, style="bold cyan")


def _condition(actor: Actor) -> Text:
    if actor.killed:
        return Text("killed (SIGKILL)", style="red")
    if actor.closed == "left":
        return Text("has left", style="dim")
    if actor.closed:
        return Text(f"told: {actor.closed}", style="yellow")
    if actor.state is None:
        return Text("starting …" if actor.running else "", style="dim")
    return Text("hosts the session" if actor.is_host else "takes part", style="green")
